// Arithmetic that the chip has in its ROM, and its compiler's library therefore lacks.
#include <stdint.h>

uint32_t __udivsi3(uint32_t a, uint32_t b) {
  if (b == 0) return 0xffffffffu;
  uint32_t bit = 1, quotient = 0;
  while (b < a && !(b >> 31)) {
    b <<= 1;
    bit <<= 1;
  }
  for (; bit != 0; bit >>= 1, b >>= 1) {
    if (a < b) continue;
    a -= b;
    quotient |= bit;
  }
  return quotient;
}

uint32_t __umodsi3(uint32_t a, uint32_t b) { return a - __udivsi3(a, b) * b; }

int32_t __divsi3(int32_t a, int32_t b) {
  const uint32_t size = __udivsi3(a < 0 ? 0u - (uint32_t)a : (uint32_t)a, b < 0 ? 0u - (uint32_t)b : (uint32_t)b);
  return (int32_t)((a < 0) != (b < 0) ? 0u - size : size);
}

static uint64_t from_halves(uint32_t high, uint32_t low) { return (uint64_t)high << 32 | low; }

uint64_t __muldi3(uint64_t a, uint64_t b) {
  const uint32_t a0 = (uint32_t)a & 0xffff, a1 = (uint32_t)a >> 16, b0 = (uint32_t)b & 0xffff, b1 = (uint32_t)b >> 16;
  const uint32_t low = a0 * b0;
  const uint32_t middle = a1 * b0 + (low >> 16);
  const uint32_t middle2 = a0 * b1 + (middle & 0xffff);
  const uint32_t cross = (uint32_t)(a >> 32) * (uint32_t)b + (uint32_t)a * (uint32_t)(b >> 32);
  return from_halves(a1 * b1 + (middle >> 16) + (middle2 >> 16) + cross, middle2 << 16 | (low & 0xffff));
}

static uint64_t divide(uint64_t a, uint64_t b, uint64_t* rest) {
  uint64_t bit = 1, quotient = 0;
  while (b < a && !(b >> 63)) {
    b <<= 1;
    bit <<= 1;
  }
  for (; bit != 0; bit >>= 1, b >>= 1) {
    if (a < b) continue;
    a -= b;
    quotient |= bit;
  }
  *rest = a;
  return quotient;
}

uint64_t __udivdi3(uint64_t a, uint64_t b) {
  uint64_t rest;
  return divide(a, b, &rest);
}

uint64_t __umoddi3(uint64_t a, uint64_t b) {
  uint64_t rest;
  divide(a, b, &rest);
  return rest;
}
