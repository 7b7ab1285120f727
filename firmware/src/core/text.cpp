#include "text.h"

namespace sg {

static const char kHexDigits[] = "0123456789abcdef";

Text& Text::add(char c) {
  if (size_ < capacity_) {
    out_[size_++] = c;
  } else {
    overflow_ = true;
  }
  return *this;
}

Text& Text::add(const char* text) { return add(spanOf(text)); }

Text& Text::add(Span span) {
  for (uint32_t i = 0; i < span.size; i++) add(span.data[i]);
  return *this;
}

Text& Text::decimal(uint64_t value) {
  char digits[20];
  uint32_t count = 0;
  do {
    digits[count++] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  while (count > 0) add(digits[--count]);
  return *this;
}

Text& Text::decimal(int32_t value) {
  if (value < 0) {
    add('-');
    return decimal(static_cast<uint64_t>(-static_cast<int64_t>(value)));
  }
  return decimal(static_cast<uint64_t>(value));
}

Text& Text::tenths(int32_t value) {
  if (value < 0) add('-');
  const uint32_t magnitude = value < 0 ? 0u - static_cast<uint32_t>(value) : static_cast<uint32_t>(value);
  decimal(static_cast<uint64_t>(magnitude / 10));
  return add('.').add(static_cast<char>('0' + magnitude % 10));
}

Text& Text::hex(const uint8_t* bytes, uint32_t size) {
  for (uint32_t i = 0; i < size; i++) add(kHexDigits[bytes[i] >> 4]).add(kHexDigits[bytes[i] & 15]);
  return *this;
}

Text& Text::ip(const uint8_t* four) {
  for (uint32_t i = 0; i < 4; i++) {
    if (i > 0) add('.');
    decimal(static_cast<uint64_t>(four[i]));
  }
  return *this;
}

Text& Text::quoted(Span span) {
  add('"');
  for (uint32_t i = 0; i < span.size; i++) {
    const uint8_t c = static_cast<uint8_t>(span.data[i]);
    if (c == '"' || c == '\\') {
      add('\\').add(static_cast<char>(c));
    } else if (c < 0x20) {
      add("\\u00").hex(&c, 1);
    } else {
      add(static_cast<char>(c));
    }
  }
  return add('"');
}

}  // namespace sg
