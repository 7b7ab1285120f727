// The scanner under json.cpp: one string character and one number at a time. Knows no structure.
#pragma once
#include <stdint.h>

namespace sg {

struct JsonScan {
  const char* at;
  const char* end;
  int longest = 1 << 24;  // bytes of a string; checked text is not measured again
};

void skipSpace(JsonScan* scan);
// Inside a string: the next decoded character's UTF-8 bytes (1 to 4) in `out`; 0 at the closing quote, -1 when broken.
int nextCharacter(JsonScan* scan, char* out);
// An integer up to 2^53 either way; fractions and exponents are refused.
bool scanInteger(JsonScan* scan, int64_t* out);

}  // namespace sg
