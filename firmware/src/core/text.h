// Builds text in a buffer of fixed size. What does not fit is left out and remembered in `overflow`.
#pragma once
#include "bytes.h"

namespace sg {

class Text {
 public:
  Text(char* out, uint32_t capacity) : out_(out), capacity_(capacity) {}
  Text& add(char c);
  Text& add(const char* text);
  Text& add(Span span);
  Text& decimal(uint64_t value);
  Text& decimal(int32_t value);
  // 215 becomes 21.5.
  Text& tenths(int32_t value);
  Text& hex(const uint8_t* bytes, uint32_t size);
  Text& ip(const uint8_t* four);
  // A JSON string with its quotes.
  Text& quoted(Span span);

  Span span() const { return Span{out_, size_}; }
  uint32_t size() const { return size_; }
  bool overflow() const { return overflow_; }

 private:
  char* out_;
  uint32_t capacity_;
  uint32_t size_ = 0;
  bool overflow_ = false;
};

}  // namespace sg
