#include "bytes.h"

namespace sg {

void copyBytes(void* to, const void* from, uint32_t size) {
  uint8_t* out = static_cast<uint8_t*>(to);
  const uint8_t* in = static_cast<const uint8_t*>(from);
  for (uint32_t i = 0; i < size; i++) out[i] = in[i];
}

void moveBytesDown(void* to, const void* from, uint32_t size) {
  volatile uint8_t* out = static_cast<uint8_t*>(to);  // volatile: the ranges overlap, so this must not become a memcpy
  const uint8_t* in = static_cast<const uint8_t*>(from);
  for (uint32_t i = 0; i < size; i++) out[i] = in[i];
}

void zeroBytes(void* to, uint32_t size) {
  uint8_t* out = static_cast<uint8_t*>(to);
  for (uint32_t i = 0; i < size; i++) out[i] = 0;
}

bool equalBytes(const void* a, const void* b, uint32_t size) {
  const uint8_t* x = static_cast<const uint8_t*>(a);
  const uint8_t* y = static_cast<const uint8_t*>(b);
  for (uint32_t i = 0; i < size; i++) {
    if (x[i] != y[i]) return false;
  }
  return true;
}

bool equalConstantTime(const uint8_t* a, const uint8_t* b, uint32_t size) {
  volatile uint8_t difference = 0;
  for (uint32_t i = 0; i < size; i++) difference = static_cast<uint8_t>(difference | (a[i] ^ b[i]));
  return difference == 0;
}

uint32_t textLength(const char* text) {
  uint32_t size = 0;
  while (text[size] != 0) size++;
  return size;
}

bool is(Span span, const char* text) {
  return span.size == textLength(text) && equalBytes(span.data, text, span.size);
}

bool startsWith(Span span, const char* text) {
  const uint32_t size = textLength(text);
  return span.size >= size && equalBytes(span.data, text, size);
}

static int hexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool decodeHex(Span text, uint8_t* out, uint32_t size) {
  if (text.size != 2 * size) return false;
  for (uint32_t i = 0; i < size; i++) {
    const int high = hexDigit(text.data[2 * i]);
    const int low = hexDigit(text.data[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    out[i] = static_cast<uint8_t>(high * 16 + low);
  }
  return true;
}

bool decodeDecimal(Span text, uint64_t* out) {
  if (text.size == 0 || text.size > 16) return false;
  uint64_t value = 0;
  for (uint32_t i = 0; i < text.size; i++) {
    const char c = text.data[i];
    if (c < '0' || c > '9') return false;
    value = value * 10 + static_cast<uint64_t>(c - '0');
  }
  if (value > (1ull << 53)) return false;
  *out = value;
  return true;
}

Span cut(Span* rest, char separator) {
  uint32_t at = 0;
  while (at < rest->size && rest->data[at] != separator) at++;
  const Span part{rest->data, at};
  const uint32_t used = at < rest->size ? at + 1 : at;
  *rest = Span{rest->data + used, rest->size - used};
  return part;
}

}  // namespace sg
