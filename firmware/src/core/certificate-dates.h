// What the core needs to know of a DER certificate (RFC 5280): its notAfter and its P-256 public point.
#pragma once
#include "bytes.h"

namespace sg {
// Unix seconds, or 0 when the bytes are no certificate.
uint64_t certificateNotAfter(const uint8_t* der, uint32_t size);
// Whether the bytes are certificates, one behind the other, and nothing else.
bool areCertificates(const uint8_t* der, uint32_t size);
// The 65 bytes of an uncompressed P-256 point, or null when the certificate has another kind of key.
const uint8_t* certificatePoint(const uint8_t* der, uint32_t size);
// What stands before the point in a P-256 SubjectPublicKeyInfo (RFC 5480).
extern const uint8_t kPointPrefix[26];
}  // namespace sg
