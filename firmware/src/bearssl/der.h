// What is needed of DER outside BearSSL: where elements lie (X.690 section 8.1.3, RFC 5280 section 4.1).
#pragma once
#include <stdint.h>

namespace signet {

// Whole length in bytes of the element at `at`, 0 when it is malformed or longer than `len`.
inline uint32_t der_element_len(const uint8_t* at, uint32_t len) {
  if (len < 2) return 0;
  const uint32_t extra = at[1] < 0x80 ? 0 : at[1] & 0x7Fu;
  if (at[1] == 0x80 || extra > 3 || len < 2 + extra) return 0;
  uint32_t content = extra == 0 ? at[1] : 0;
  for (uint32_t i = 0; i < extra; i++) content = content << 8 | at[2 + i];
  const uint32_t whole = content + 2 + extra;
  return whole <= len ? whole : 0;
}

// Bytes before the element's content; only for an element that der_element_len accepted.
inline uint32_t der_header_len(const uint8_t* at) { return at[1] < 0x80 ? 2 : 2 + (at[1] & 0x7Fu); }

struct CertificateParts {
  const uint8_t* subject;
  uint32_t subject_len;
  const uint8_t* key_info;
  uint32_t key_info_len;
};

// Where subject and SubjectPublicKeyInfo lie in a certificate, headers included. False when it is malformed.
inline bool certificate_parts(const uint8_t* der, uint32_t len, CertificateParts& out) {
  constexpr uint8_t tag_version = 0xA0;
  for (int level = 0; level < 2; level++) {  // into the certificate, then into what is signed
    const uint32_t whole = der_element_len(der, len);
    if (whole == 0) return false;
    const uint32_t header = der_header_len(der);
    der += header;
    len = whole - header;
  }
  // Serial, algorithm, issuer and validity stand before the subject; the version stands first or not at all.
  const int before = len > 0 && der[0] == tag_version ? 5 : 4;
  for (int i = 0; i < before + 2; i++) {
    const uint32_t whole = der_element_len(der, len);
    if (whole == 0) return false;
    if (i == before) out.subject = der, out.subject_len = whole;
    if (i == before + 1) out.key_info = der, out.key_info_len = whole;
    der += whole;
    len -= whole;
  }
  return true;
}

}  // namespace signet
