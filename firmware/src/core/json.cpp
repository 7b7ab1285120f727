#include "json.h"

#include "json-scan.h"

namespace sg {

static const int kMaxDepth = 4;

static bool skipWord(JsonScan* scan, const char* word) {
  if (!startsWith(Span{scan->at, static_cast<uint32_t>(scan->end - scan->at)}, word)) return false;
  scan->at += textLength(word);
  return true;
}

static bool skipString(JsonScan* scan) {
  char utf8[4];
  int total = 0;
  scan->at++;
  for (;;) {
    const int size = nextCharacter(scan, utf8);
    if (size <= 0) return size == 0;
    total += size;
    if (total > scan->longest) return false;
  }
}

// Both at their opening quote; escapes do not matter: "\u0061" is "a".
static bool sameString(const char* a, const char* b, const char* end) {
  JsonScan x{a + 1, end};
  JsonScan y{b + 1, end};
  for (;;) {
    char p[4];
    char q[4];
    const int size = nextCharacter(&x, p);
    if (size != nextCharacter(&y, q)) return false;
    if (size <= 0) return size == 0;
    if (!equalBytes(p, q, static_cast<uint32_t>(size))) return false;
  }
}

static bool skipValue(JsonScan* scan, int depth);

// True when `key` already stood between `from` and itself in the object that begins there.
static bool isDuplicate(const char* from, const char* key, const char* end) {
  JsonScan scan{from, end};
  for (;;) {
    skipSpace(&scan);
    if (scan.at >= key) return false;
    if (sameString(scan.at, key, end)) return true;
    skipString(&scan);
    skipSpace(&scan);
    scan.at++;  // ':'
    skipValue(&scan, -1);
    skipSpace(&scan);
    scan.at++;  // ','
  }
}

static bool skipMember(JsonScan* scan, const char* first, int depth) {
  const char* key = scan->at;
  if (scan->at >= scan->end || *scan->at != '"' || !skipString(scan)) return false;
  // Depth below zero marks a second pass over checked text: no need to look for duplicates again.
  if (depth > 0 && isDuplicate(first, key, scan->end)) return false;
  skipSpace(scan);
  return skipWord(scan, ":");
}

static bool skipContainer(JsonScan* scan, int depth) {
  const bool isObject = *scan->at++ == '{';
  const char* close = isObject ? "}" : "]";
  if (depth > kMaxDepth) return false;
  skipSpace(scan);
  const char* first = scan->at;
  if (skipWord(scan, close)) return true;
  for (;;) {
    if (isObject && !skipMember(scan, first, depth)) return false;
    if (!skipValue(scan, depth)) return false;
    skipSpace(scan);
    if (skipWord(scan, close)) return true;
    if (!skipWord(scan, ",")) return false;
    skipSpace(scan);
  }
}

// `depth` is that of the container around the value; 0 around the root. A negative one skips checked text.
static bool skipValue(JsonScan* scan, int depth) {
  skipSpace(scan);
  if (scan->at >= scan->end) return false;
  const char c = *scan->at;
  if (c == '{' || c == '[') return skipContainer(scan, depth < 0 ? depth : depth + 1);
  if (c == '"') return skipString(scan);
  if (skipWord(scan, "true") || skipWord(scan, "false") || skipWord(scan, "null")) return true;
  int64_t ignored = 0;
  return scanInteger(scan, &ignored);
}

bool jsonValid(Span document, int longestString) {
  JsonScan scan{document.data, document.data + document.size, longestString};
  if (!skipValue(&scan, 0)) return false;
  skipSpace(&scan);
  return scan.at == scan.end;
}

static JsonValue valueAt(JsonScan* scan) {
  skipSpace(scan);
  const char* at = scan->at;
  if (at >= scan->end || !skipValue(scan, -1)) return JsonValue{0, nullptr, nullptr};
  const char c = *at;
  const char kind = c == '{' ? 'o' : c == '[' ? 'a' : c == '"' ? 's' : c == 't' || c == 'f' ? c : c == 'n' ? 'z' : 'n';
  return JsonValue{kind, at, scan->at};
}

JsonValue jsonRoot(Span document) {
  JsonScan scan{document.data, document.data + document.size};
  return valueAt(&scan);
}

JsonCursor jsonWalk(JsonValue container) {
  if (container.kind != 'o' && container.kind != 'a') return JsonCursor{nullptr, nullptr, false};
  return JsonCursor{container.at + 1, container.end - 1, container.kind == 'o'};
}

bool jsonNext(JsonCursor* cursor, JsonValue* key, JsonValue* value) {
  JsonScan scan{cursor->at, cursor->end};
  skipSpace(&scan);
  if (scan.at < scan.end && *scan.at == ',') scan.at++;
  if (cursor->isObject) {
    *key = valueAt(&scan);
    skipSpace(&scan);
    if (scan.at < scan.end) scan.at++;  // ':'
  }
  *value = valueAt(&scan);
  cursor->at = scan.at;
  return value->kind != 0;
}

JsonValue jsonMember(JsonValue object, const char* name) {
  JsonCursor cursor = jsonWalk(object);
  JsonValue key{0, nullptr, nullptr};
  JsonValue value{0, nullptr, nullptr};
  while (cursor.isObject && jsonNext(&cursor, &key, &value)) {
    char text[32];
    const int32_t size = jsonText(key, text, sizeof text);
    if (size >= 0 && is(Span{text, static_cast<uint32_t>(size)}, name)) return value;
  }
  return JsonValue{0, nullptr, nullptr};
}

int32_t jsonText(JsonValue value, char* out, uint32_t capacity) {
  if (value.kind != 's') return -1;
  JsonScan scan{value.at + 1, value.end};
  uint32_t total = 0;
  for (;;) {
    char utf8[4];
    const int size = nextCharacter(&scan, utf8);
    if (size == 0) return static_cast<int32_t>(total);
    if (size < 0 || total + static_cast<uint32_t>(size) > capacity) return -1;
    copyBytes(out + total, utf8, static_cast<uint32_t>(size));
    total += static_cast<uint32_t>(size);
  }
}

bool jsonInteger(JsonValue value, int64_t* out) {
  if (value.kind != 'n') return false;
  JsonScan scan{value.at, value.end};
  return scanInteger(&scan, out);
}

bool jsonWithin(JsonValue object, const char* key, int64_t least, int64_t most, uint32_t* out) {
  int64_t value = 0;
  if (!jsonInteger(jsonMember(object, key), &value) || value < least || value > most) return false;
  *out = static_cast<uint32_t>(value);
  return true;
}

}  // namespace sg
