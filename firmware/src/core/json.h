// Reads JSON within the limits of docs/contracts.md: UTF-8, depth <= 4, integers up to 2^53, strings <= 256 bytes, no
// duplicate keys. Check first, then look around: the lookups trust a checked document. Keeps nothing, copies nothing.
#pragma once
#include "bytes.h"

namespace sg {

constexpr int kMaxStringBytes = 256;
bool jsonValid(Span document, int longestString = kMaxStringBytes);

// A slice of a checked document; `kind` is 0 when there is no such value.
struct JsonValue {
  char kind;  // 'o' object, 'a' array, 's' string, 'n' number, 't' true, 'f' false, 'z' null
  const char* at;
  const char* end;
};

JsonValue jsonRoot(Span document);
JsonValue jsonMember(JsonValue object, const char* key);

// Walks the members of an object or the elements of an array.
struct JsonCursor {
  const char* at;
  const char* end;
  bool isObject;
};
JsonCursor jsonWalk(JsonValue container);
bool jsonNext(JsonCursor* cursor, JsonValue* key, JsonValue* value);

// Decoded length of a string, or -1 when it is none or longer than `capacity`.
int32_t jsonText(JsonValue value, char* out, uint32_t capacity);
bool jsonInteger(JsonValue value, int64_t* out);
// The member's integer, when it lies within the limits.
bool jsonWithin(JsonValue object, const char* key, int64_t least, int64_t most, uint32_t* out);

template <uint32_t N>
bool jsonStore(JsonValue value, Str<N>* out) {
  const int32_t size = jsonText(value, out->data, N);
  if (size < 0) return false;
  out->size = static_cast<uint8_t>(size);
  return true;
}

}  // namespace sg
