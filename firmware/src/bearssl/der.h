// The one thing needed of DER outside BearSSL: where an element ends (X.690 section 8.1.3).
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

}  // namespace signet
