// How long to wait before the next attempt: 1 s doubling to 60 s, half of it random.
#pragma once
#include "../hal/hal.h"

namespace sg {

inline uint32_t backoffMs(uint32_t failures) {
  const uint32_t whole = failures >= 6 ? 60000 : 2000u << failures;
  const uint32_t limit = whole > 60000 ? 60000 : whole;
  uint8_t random[2];
  hal_random(random, 2);
  const uint32_t share = static_cast<uint32_t>(random[0]) << 8 | random[1];
  return limit / 2 + (limit / 2) * share / 65536;
}

}  // namespace sg
