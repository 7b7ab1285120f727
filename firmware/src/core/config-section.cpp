#include "config-section.h"

#include "text.h"

namespace sg {

int32_t wordIndex(const char* list, Span word) {
  Span rest = spanOf(list);
  for (int32_t index = 0; rest.size > 0; index++) {
    const Span candidate = cut(&rest, ' ');
    if (candidate.size == word.size && equalBytes(candidate.data, word.data, word.size)) return index;
  }
  return -1;
}

Section::Section(JsonValue object, const char* name, ConfigReport* report)
    : object_(object), name_(name), report_(report) {
  if (object.kind != 0 && object.kind != 'o') wrong("", IfWrong::Refuse);
}

static void nameKey(Str<32>* out, const char* section, Span key) {
  Text text(out->data, sizeof out->data);
  text.add(section);
  if (section[0] != 0 && key.size > 0) text.add('.');
  text.add(key);
  out->size = static_cast<uint8_t>(text.size());
}

void Section::wrong(const char* key, IfWrong ifWrong) {
  const bool isWorse = ifWrong == IfWrong::Refuse && report_->code == 0;
  if (isWorse || report_->key.size == 0) nameKey(&report_->key, name_, spanOf(key));
  if (isWorse) report_->code = 103;
}

int32_t Section::integer(const char* key, int32_t least, int32_t most, int32_t whenAbsent, IfWrong ifWrong) {
  const JsonValue value = member(key);
  int64_t number = 0;
  if (value.kind == 0) return whenAbsent;
  if (jsonInteger(value, &number) && number >= least && number <= most) return static_cast<int32_t>(number);
  wrong(key, ifWrong);
  return whenAbsent;
}

bool Section::boolean(const char* key, bool whenAbsent) {
  const char kind = member(key).kind;
  if (kind == 't' || kind == 'f') return kind == 't';
  if (kind != 0) wrong(key, IfWrong::Refuse);
  return whenAbsent;
}

int32_t Section::choice(const char* key, const char* choices, int32_t whenAbsent, IfWrong ifWrong) {
  const JsonValue value = member(key);
  char text[16];
  if (value.kind == 0) return whenAbsent;
  const int32_t size = jsonText(value, text, sizeof text);
  const int32_t index = size < 0 ? -1 : wordIndex(choices, Span{text, static_cast<uint32_t>(size)});
  if (index >= 0) return index;
  wrong(key, ifWrong);
  return whenAbsent;
}

int8_t Section::pin(const char* key, int32_t whenAbsent) {
  const int32_t number = integer(key, 0, 16, whenAbsent, IfWrong::Refuse);
  // 1 and 3 are the console, 6 to 11 the flash chip.
  if (number == 1 || number == 3 || (number >= 6 && number <= 11)) wrong(key, IfWrong::Refuse);
  return static_cast<int8_t>(number);
}

void Section::only(const char* knownKeys) {
  JsonCursor cursor = jsonWalk(object_);
  JsonValue key{0, nullptr, nullptr};
  JsonValue value{0, nullptr, nullptr};
  while (present() && report_->unknown.size == 0 && jsonNext(&cursor, &key, &value)) {
    const Span raw{key.at + 1, static_cast<uint32_t>(key.end - key.at - 2)};
    if (wordIndex(knownKeys, raw) < 0) nameKey(&report_->unknown, name_, raw);
  }
}

bool Section::isPlain(Span text) {
  for (uint32_t i = 0; i < text.size; i++) {
    if (static_cast<uint8_t>(text.data[i]) < 0x20 || text.data[i] == 0x7f) return false;
  }
  return true;
}

}  // namespace sg
