#include "json-scan.h"

namespace sg {

void skipSpace(JsonScan* scan) {
  while (scan->at < scan->end) {
    const char c = *scan->at;
    if (c != ' ' && c != '\t' && c != '\r' && c != '\n') return;
    scan->at++;
  }
}

static int encodeUtf8(uint32_t code, char* out) {
  if (code < 0x80) {
    out[0] = static_cast<char>(code);
    return 1;
  }
  const int size = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  static const uint8_t kLead[] = {0, 0, 0xc0, 0xe0, 0xf0};
  for (int i = size - 1; i > 0; i--) {
    out[i] = static_cast<char>(0x80 | (code & 0x3f));
    code >>= 6;
  }
  out[0] = static_cast<char>(kLead[size] | code);
  return size;
}

static bool fourHex(JsonScan* scan, uint32_t* out) {
  if (scan->end - scan->at < 4) return false;
  uint32_t code = 0;
  for (int i = 0; i < 4; i++) {
    const char c = *scan->at++;
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return false;
    code = code * 16 + static_cast<uint32_t>(digit);
  }
  *out = code;
  return true;
}

static int escapedCharacter(JsonScan* scan, char* out) {
  if (scan->at >= scan->end) return -1;
  const char c = *scan->at++;
  static const char kNames[] = "\"\\/bfnrt";
  static const char kValues[] = "\"\\/\b\f\n\r\t";
  for (int i = 0; kNames[i] != 0; i++) {
    if (kNames[i] == c) {
      out[0] = kValues[i];
      return 1;
    }
  }
  uint32_t code = 0;
  if (c != 'u' || !fourHex(scan, &code)) return -1;
  if (code >= 0xdc00 && code < 0xe000) return -1;
  if (code >= 0xd800 && code < 0xdc00) {
    uint32_t low = 0;
    if (scan->end - scan->at < 6 || scan->at[0] != '\\' || scan->at[1] != 'u') return -1;
    scan->at += 2;
    if (!fourHex(scan, &low) || low < 0xdc00 || low > 0xdfff) return -1;
    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
  }
  return encodeUtf8(code, out);
}

static int rawCharacter(JsonScan* scan, uint8_t lead, char* out) {
  const int size = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (size == 0 || scan->end - scan->at < size - 1) return -1;
  out[0] = static_cast<char>(lead);
  for (int i = 1; i < size; i++) {
    out[i] = *scan->at++;
    if ((static_cast<uint8_t>(out[i]) & 0xc0) != 0x80) return -1;
  }
  const uint8_t second = size > 1 ? static_cast<uint8_t>(out[1]) : 0;
  const bool isOverlong = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
  const bool isOutside = (lead == 0xed && second >= 0xa0) || (lead == 0xf4 && second >= 0x90);
  return isOverlong || isOutside ? -1 : size;
}

int nextCharacter(JsonScan* scan, char* out) {
  if (scan->at >= scan->end) return -1;
  const uint8_t c = static_cast<uint8_t>(*scan->at++);
  if (c == '"') return 0;
  if (c == '\\') return escapedCharacter(scan, out);
  return c < 0x20 ? -1 : rawCharacter(scan, c, out);
}

bool scanInteger(JsonScan* scan, int64_t* out) {
  const bool isNegative = scan->at < scan->end && *scan->at == '-';
  if (isNegative) scan->at++;
  const char* first = scan->at;
  uint64_t value = 0;
  while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9') {
    value = value * 10 + static_cast<uint64_t>(*scan->at++ - '0');
    if (value > (1ull << 53)) return false;
  }
  const bool hasLeadingZero = scan->at - first > 1 && *first == '0';
  const char after = scan->at < scan->end ? *scan->at : ' ';
  if (scan->at == first || hasLeadingZero || after == '.' || after == 'e' || after == 'E') return false;
  *out = isNegative ? -static_cast<int64_t>(value) : static_cast<int64_t>(value);
  return true;
}

}  // namespace sg
