// Borrowed bytes, short stored texts, and the few operations on them that a C library would give. Knows no meaning.
#pragma once
#include <stddef.h>
#include <stdint.h>

namespace sg {

// Bytes that belong to somebody else.
struct Span {
  const char* data;
  uint32_t size;
};

// A short text with its length; not terminated.
template <uint32_t N>
struct Str {
  uint8_t size;
  char data[N];
  Span span() const { return Span{data, size}; }
};

void copyBytes(void* to, const void* from, uint32_t size);
void moveBytesDown(void* to, const void* from, uint32_t size);  // to <= from; may overlap
void zeroBytes(void* to, uint32_t size);
bool equalBytes(const void* a, const void* b, uint32_t size);
bool equalConstantTime(const uint8_t* a, const uint8_t* b, uint32_t size);

uint32_t textLength(const char* text);
inline Span spanOf(const char* text) { return Span{text, textLength(text)}; }
bool is(Span span, const char* text);
bool startsWith(Span span, const char* text);

// False unless `text` is exactly 2 * size hex digits.
bool decodeHex(Span text, uint8_t* out, uint32_t size);
// Decimal digits up to 2^53; false on anything else.
bool decodeDecimal(Span text, uint64_t* out);
// The part up to `separator` (or the end); `rest` becomes what follows.
Span cut(Span* rest, char separator);

template <uint32_t N>
bool store(Str<N>* to, Span from) {
  static_assert(N <= 255, "the length is one byte");
  if (from.size > N) return false;
  copyBytes(to->data, from.data, from.size);
  to->size = static_cast<uint8_t>(from.size);
  return true;
}

}  // namespace sg
