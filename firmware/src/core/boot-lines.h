// The `@sg1` lines (docs/contracts.md, "Serial"), their memory for `info`, and the human lines beside them.
#pragma once
#include "text.h"

namespace sg {

enum class Stage : uint8_t { Boot, Fs, Cfg, Wifi, Time, Dns, Tls, Mqtt, Read, Safe };
constexpr uint32_t kStageCount = 10;
enum class State : uint8_t { None, Try, Ok, Fail, Skip };

// The `k=v` part of a line; values are percent-encoded on the way in.
class Fields {
 public:
  Fields() : text_(buffer_, sizeof buffer_) {}
  Fields& put(const char* key, Span value);
  Fields& put(const char* key, const char* value) { return put(key, spanOf(value)); }
  Fields& number(const char* key, int32_t value);
  Fields& tenths(const char* key, int32_t value);
  Span span() const { return text_.span(); }

 private:
  Fields& name(const char* key);
  char buffer_[128];
  Text text_;
};

struct StageMemory {
  uint32_t ms;
  State state;
  uint8_t size;
  char fields[62];
};

struct Fault {
  uint32_t ms;
  uint16_t code;
  Stage stage;
};

struct ConsoleState {
  bool isOpen, isMidLine;
  StageMemory stages[kStageCount];
  Str<128> configFields;  // the one stage whose fields may be long
  Fault faults[8];
  uint32_t faultCount;
  uint8_t inputSize;
  bool inputTooLong;
  char input[24];
};

void openConsole(uint32_t baud);
void say(Span text);  // a human line
void say(const char* text);
void sayDot();
void report(Stage stage, State state, const Fields& fields);
void report(Stage stage, State state);
// The fields hold `e=`; the fault is kept for `log`.
void reportFault(Stage stage, uint16_t code, const Fields& fields);
void reportFault(Stage stage, uint16_t code);
State lastState(Stage stage);
void repeatStage(Stage stage);
void repeatFaults();

}  // namespace sg
