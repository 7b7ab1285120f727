// Base64 (RFC 4648, section 4) both ways; strict: padding required, nothing else between.
#pragma once
#include "text.h"

namespace sg {
void addBase64(Text* to, const uint8_t* bytes, uint32_t size);
// In place: the decoded size, or -1.
int32_t decodeBase64(uint8_t* text, uint32_t size);
}  // namespace sg
