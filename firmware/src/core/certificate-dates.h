// The notAfter of a DER certificate (RFC 5280, 4.1.2.5): all the core needs to know of one.
#pragma once
#include "bytes.h"

namespace sg {
// Unix seconds, or 0 when the bytes are no certificate.
uint64_t certificateNotAfter(const uint8_t* der, uint32_t size);
}  // namespace sg
