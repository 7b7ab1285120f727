#include "boot-lines.h"

#include "../hal/hal.h"
#include "device.h"

namespace sg {

static const char* const kStageNames[] = {"boot", "fs", "cfg", "wifi", "time", "dns", "tls", "mqtt", "read", "safe"};
static const char* const kStateNames[] = {"", "try", "ok", "fail", "skip"};

static bool isUnreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == ':' ||
         c == '_' || c == '-';
}

Fields& Fields::name(const char* key) {
  if (text_.size() > 0) text_.add(' ');
  text_.add(key).add('=');
  return *this;
}

Fields& Fields::put(const char* key, Span value) {
  name(key);
  for (uint32_t i = 0; i < value.size; i++) {
    const uint8_t byte = static_cast<uint8_t>(value.data[i]);
    if (isUnreserved(value.data[i])) {
      text_.add(value.data[i]);
    } else {
      text_.add('%').hex(&byte, 1);
    }
  }
  return *this;
}

Fields& Fields::number(const char* key, int32_t value) {
  name(key);
  text_.decimal(value);
  return *this;
}

Fields& Fields::tenths(const char* key, int32_t value) {
  name(key);
  text_.tenths(value);
  return *this;
}

static uint16_t crc16(Span bytes) {
  uint32_t crc = 0xffff;
  for (uint32_t i = 0; i < bytes.size; i++) {
    crc ^= static_cast<uint32_t>(static_cast<uint8_t>(bytes.data[i])) << 8;
    for (int bit = 0; bit < 8; bit++) crc = (crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1;
    crc &= 0xffff;
  }
  return static_cast<uint16_t>(crc);
}

void openConsole(uint32_t baud) {
  hal_serial_open(baud);
  device.console.isOpen = true;
}

static void endOpenLine() {
  if (device.console.isMidLine) hal_serial_write("\r\n", 2);
  device.console.isMidLine = false;
}

void say(Span text) {
  endOpenLine();
  hal_serial_write(text.data, text.size);
  hal_serial_write("\r\n", 2);
}

void say(const char* text) { say(spanOf(text)); }

void sayDot() {
  hal_serial_write(".", 1);
  device.console.isMidLine = true;
}

static void printStage(uint32_t ms, Stage stage, State state, Span fields) {
  char line[160];
  Text text(line, sizeof line - 6);
  text.add("@sg1 ").decimal(static_cast<uint64_t>(ms)).add(' ').add(kStageNames[static_cast<int>(stage)]);
  text.add(' ').add(kStateNames[static_cast<int>(state)]);
  if (fields.size > 0) text.add(' ').add(fields);
  const Span body{line + 1, text.size() - 1};
  const uint16_t crc = crc16(body);
  const uint8_t bytes[2] = {static_cast<uint8_t>(crc >> 8), static_cast<uint8_t>(crc & 0xff)};
  Text tail(line + text.size(), 6);
  tail.add('*').hex(bytes, 2).add('\n');
  endOpenLine();
  hal_serial_write(line, text.size() + tail.size());
}

static void remember(Stage stage, State state, Span fields) {
  StageMemory& memory = device.console.stages[static_cast<int>(stage)];
  memory.ms = static_cast<uint32_t>(hal_millis());
  memory.state = state;
  memory.size = 0;
  if (stage == Stage::Cfg) {
    store(&device.console.configFields, fields);
  } else if (fields.size <= sizeof memory.fields) {
    memory.size = static_cast<uint8_t>(fields.size);
    copyBytes(memory.fields, fields.data, fields.size);
  }
}

void report(Stage stage, State state, const Fields& fields) {
  remember(stage, state, fields.span());
  if (device.console.isOpen) repeatStage(stage);
}

void report(Stage stage, State state) { report(stage, state, Fields()); }

static void logFault(Stage stage, uint16_t code) {
  device.console.faults[device.console.faultCount++ % 8] = Fault{static_cast<uint32_t>(hal_millis()), code, stage};
}

void reportFault(Stage stage, uint16_t code, const Fields& fields) {
  logFault(stage, code);
  report(stage, State::Fail, fields);
}

void reportFault(Stage stage, uint16_t code) {
  Fields fields;
  fields.number("e", code);
  reportFault(stage, code, fields);
}

State lastState(Stage stage) { return device.console.stages[static_cast<int>(stage)].state; }

void repeatStage(Stage stage) {
  const StageMemory& memory = device.console.stages[static_cast<int>(stage)];
  if (memory.state == State::None) return;
  const Span fields = stage == Stage::Cfg ? device.console.configFields.span() : Span{memory.fields, memory.size};
  printStage(memory.ms, stage, memory.state, fields);
}

void repeatFaults() {
  const ConsoleState& console = device.console;
  const uint32_t count = console.faultCount < 8 ? console.faultCount : 8;
  if (count == 0) say("No faults since the start.");
  for (uint32_t i = 0; i < count; i++) {
    const Fault& fault = console.faults[(console.faultCount - count + i) % 8];
    char line[48];
    Text text(line, sizeof line);
    text.decimal(static_cast<uint64_t>(fault.ms)).add(" ms: ").add(kStageNames[static_cast<int>(fault.stage)]);
    say(text.add(" code ").decimal(static_cast<uint64_t>(fault.code)).span());
  }
}

}  // namespace sg
