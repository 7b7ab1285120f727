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

static const char* setOrNot(uint32_t size) { return size > 0 ? "set" : "not set"; }

static void tellNetworks() {
  for (uint32_t i = 0; i < device.config.wifiCount; i++) {
    const WifiNetwork& network = device.config.wifi[i];
    char line[80];
    Text text(line, sizeof line);
    text.add("Wi-Fi ").decimal(static_cast<uint64_t>(i + 1)).add(": ").quoted(network.ssid.span());
    say(text.add(", password ").add(setOrNot(network.psk.size)).span());
  }
}

// What the device is set to; of passwords and keys only that they are there.
static void tellConfig() {
  const Config& config = device.config;
  char line[220];
  repeatStage(Stage::Cfg);
  if (device.isSafe) return repeatStage(Stage::Safe);
  tellNetworks();
  Text broker(line, sizeof line);
  broker.add("Broker: ").add(config.mqtt.host.span()).add(':').decimal(static_cast<uint64_t>(config.mqtt.port));
  say(broker.add(", password ").add(setOrNot(config.mqtt.pass.size)).add(", pin ").add(setOrNot(config.tls.pinSize)).span());
  Text sensor(line, sizeof line);
  static const char* const kSensors[] = {"none", "DHT11", "DHT22"};
  sensor.add("Sensor: ").add(kSensors[static_cast<int>(config.sensor.type)]).add(" on pin ").decimal(int32_t{config.sensor.pin});
  say(sensor.add(", every ").decimal(static_cast<uint64_t>(device.sensor.everyS)).add(" s").span());
  Text rest(line, sizeof line);
  rest.add("Time: ").add(config.time.servers.span());
  if (config.time.zone.size > 0) rest.add(", zone ").add(config.time.zone.span());
  say(rest.span());
  Text keys(line, sizeof line);
  keys.add("Command keys: ").decimal(static_cast<uint64_t>(device.slot.keyCount));
  say(keys.add(", Home Assistant: ").add(config.discovery.size > 0 ? config.discovery.span() : spanOf("off")).span());
}

static void tellTls() {
  if (lastState(Stage::Dns) == State::None) say("No connection was tried yet.");
  repeatStage(Stage::Dns);
  repeatStage(Stage::Tls);
}

static void obeyLine(Span line) {
  if (line.size == 0) return;
  if (is(line, "info")) return tellInfo();
  if (is(line, "config")) return tellConfig();
  if (is(line, "log")) return repeatFaults();
  if (is(line, "reset")) return restart();
  if (is(line, "safe off")) return safeOff();
  const bool isStage = is(line, "tls") || is(line, "read") || is(line, "wifi");
  if (isStage && device.isSafe) return repeatStage(Stage::Safe);
  if (is(line, "tls")) return tellTls();
  if (is(line, "read")) return readSoon();
  if (is(line, "wifi")) return reportWifi();
  say("Known here: info, config, read, wifi, tls, log, reset, safe off");
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
