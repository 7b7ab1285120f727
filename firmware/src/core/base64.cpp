#include "base64.h"

namespace sg {

static char digitOf(uint32_t value) {
  if (value < 26) return static_cast<char>('A' + value);
  if (value < 52) return static_cast<char>('a' + value - 26);
  if (value < 62) return static_cast<char>('0' + value - 52);
  return value == 62 ? '+' : '/';
}

static int32_t valueOf(uint8_t c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

void addBase64(Text* to, const uint8_t* bytes, uint32_t size) {
  for (uint32_t i = 0; i < size; i += 3) {
    const uint32_t left = size - i;
    const uint32_t group = static_cast<uint32_t>(bytes[i]) << 16 | (left > 1 ? static_cast<uint32_t>(bytes[i + 1]) << 8 : 0) |
                           (left > 2 ? bytes[i + 2] : 0u);
    to->add(digitOf(group >> 18)).add(digitOf(group >> 12 & 63));
    to->add(left > 1 ? digitOf(group >> 6 & 63) : '=').add(left > 2 ? digitOf(group & 63) : '=');
  }
}

int32_t decodeBase64(uint8_t* text, uint32_t size) {
  if (size == 0 || size % 4 != 0) return size == 0 ? 0 : -1;
  const uint32_t padding = text[size - 1] != '=' ? 0 : text[size - 2] != '=' ? 1 : 2;
  uint32_t out = 0;
  for (uint32_t i = 0; i < size; i += 4) {
    uint32_t group = 0;
    for (uint32_t j = 0; j < 4; j++) {
      const bool isPadding = i + j >= size - padding;
      const int32_t value = isPadding ? 0 : valueOf(text[i + j]);
      if (value < 0) return -1;
      group = group << 6 | static_cast<uint32_t>(value);
    }
    for (int32_t shift = 16; shift >= 0; shift -= 8) text[out++] = static_cast<uint8_t>(group >> shift);
  }
  return static_cast<int32_t>(out - padding);
}

}  // namespace sg
