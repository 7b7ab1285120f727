#include "console-input.h"

#include "../hal/hal.h"
#include "boot-count.h"
#include "device.h"

namespace sg {

static void tellInfo() {
  for (uint32_t i = 0; i < kStageCount; i++) repeatStage(static_cast<Stage>(i));
}

static void safeOff() {
  clearBootCount();
  restart();
}

static void obeyLine(Span line) {
  if (line.size == 0) return;
  if (is(line, "info")) return tellInfo();
  if (is(line, "log")) return repeatFaults();
  if (is(line, "reset")) return restart();
  if (is(line, "safe off")) return safeOff();
  if (is(line, "tls")) {
    repeatStage(Stage::Dns);
    return repeatStage(Stage::Tls);
  }
  if (is(line, "read")) return device.isSafe ? repeatStage(Stage::Safe) : readSoon();
  if (is(line, "wifi")) return device.isSafe ? repeatStage(Stage::Safe) : reportWifi();
  say("Known here: info, read, wifi, tls, log, reset, safe off");
}

static void take(char c) {
  ConsoleState& console = device.console;
  if (c == '\r' || c == '\n') {
    const Span line{console.input, console.inputTooLong ? 0u : console.inputSize};
    console.inputSize = 0;
    console.inputTooLong = false;
    return obeyLine(line);
  }
  if (console.inputSize < sizeof console.input) {
    console.input[console.inputSize++] = c;
  } else {
    console.inputTooLong = true;
  }
}

void pollConsoleInput() {
  char bytes[16];
  const uint32_t count = hal_serial_read(bytes, sizeof bytes);
  for (uint32_t i = 0; i < count && i < sizeof bytes; i++) take(bytes[i]);
}

}  // namespace sg
