// One object of the configuration and the typed, limited ways to read it. Knows no key by name.
#pragma once
#include "config.h"
#include "json.h"

namespace sg {

enum class IfWrong : uint8_t { UseDefault, Refuse };

class Section {
 public:
  Section(JsonValue object, const char* name, ConfigReport* report);
  bool present() const { return object_.kind == 'o'; }
  JsonValue member(const char* key) const { return jsonMember(object_, key); }

  int32_t integer(const char* key, int32_t least, int32_t most, int32_t whenAbsent, IfWrong ifWrong);
  bool boolean(const char* key, bool whenAbsent);
  // The index of the text in the space-separated `choices`.
  int32_t choice(const char* key, const char* choices, int32_t whenAbsent, IfWrong ifWrong);
  int8_t pin(const char* key, int32_t whenAbsent);
  // Remembers the first key outside the space-separated list.
  void only(const char* knownKeys);
  void wrong(const char* key, IfWrong ifWrong);

  template <uint32_t N>
  void text(const char* key, uint32_t least, Str<N>* out, IfWrong ifWrong) {
    const JsonValue value = member(key);
    if (value.kind == 0 && least == 0) return;
    Str<N> found;
    if (jsonStore(value, &found) && found.size >= least && isPlain(found.span())) {
      *out = found;
    } else {
      wrong(key, ifWrong);
    }
  }

 private:
  static bool isPlain(Span text);  // no control characters
  JsonValue object_;
  const char* name_;
  ConfigReport* report_;
};

// Index of `word` in a space-separated list, or -1.
int32_t wordIndex(const char* list, Span word);

}  // namespace sg
