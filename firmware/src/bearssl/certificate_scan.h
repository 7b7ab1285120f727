// Reads along while a certificate streams past: its dates, the SHA-256 of its SubjectPublicKeyInfo and the SHA-1 of the
// whole. RFC 5280 section 4.1, DER only. Judges nothing and keeps no certificate bytes.
#pragma once
#include <bearssl/bearssl.h>
#include <stdint.h>

namespace signet {

class CertificateScan {
 public:
  void start();
  void add(const uint8_t* data, uint32_t len);
  // Writes 32 bytes.
  void spki_sha256(uint8_t* out) const { br_sha256_out(&spki_, out); }
  // Writes 20 bytes.
  void sha1(uint8_t* out) const { br_sha1_out(&whole_, out); }
  // Both dates and the key were found.
  bool complete() const { return field_ == Field::done; }
  // Unix seconds; 0 until seen.
  uint64_t not_before() const { return not_before_; }
  uint64_t not_after() const { return not_after_; }

 private:
  enum class Field : uint8_t { outer, tbs, version, serial, algorithm, issuer, validity, subject, spki, done, broken };
  void take(uint8_t byte);
  void header_complete();
  void content_complete();
  void read_validity();

  br_sha256_context spki_;
  br_sha1_context whole_;
  uint64_t not_before_;
  uint64_t not_after_;
  uint32_t left_;  // content bytes of the current field still to come
  Field field_;
  bool in_header_;
  uint8_t tag_;
  uint8_t header_len_;
  uint8_t header_[6];
  uint8_t validity_len_;
  uint8_t validity_[40];
};

}  // namespace signet
