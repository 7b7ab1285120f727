#include "actions.h"

#include "../hal/hal.h"
#include "device.h"
#include "rotation.h"

namespace sg {

static const uint64_t kRelayGapMs = 2000;
static const uint64_t kRelayMinuteMs = 60000;

bool isCapable(Command command) {
  const Config& config = device.config;
  switch (command) {
    case Command::Led: return config.led.present || config.pixel.present;
    case Command::Relay: return config.relay.present;
    case Command::Outputs: return config.spi.present;
    case Command::KeyNew:
    case Command::KeyCsr:
    case Command::SlotPut:
    case Command::SlotTry: return canRotate();
    default: return true;
  }
}

struct Colour {
  uint32_t r, g, b;
};

static bool readColour(JsonValue from, Colour* out) {
  return jsonWithin(from, "r", 0, 255, &out->r) && jsonWithin(from, "g", 0, 255, &out->g) && jsonWithin(from, "b", 0, 255, &out->b);
}

// Printable only: a line break would let a command write boot lines of its own.
static bool readDisplay(JsonValue from, Str<64>* out) {
  if (!jsonStore(jsonMember(from, "text"), out)) return false;
  for (uint32_t i = 0; i < out->size; i++) {
    if (static_cast<uint8_t>(out->data[i]) < 0x20 || out->data[i] == 0x7f) return false;
  }
  return true;
}

static bool readLed(JsonValue from) {
  uint32_t on = 0;
  Colour colour{};
  return jsonWithin(from, "on", 0, 1, &on) || (device.config.pixel.present && readColour(from, &colour));
}

uint16_t checkArguments(Command command, JsonValue arguments) {
  uint32_t zone = 0, seconds = 0;
  Str<64> text;
  bool isGood = arguments.kind == 'o';
  if (command == Command::Led) isGood = isGood && readLed(arguments);
  if (command == Command::Display) isGood = isGood && readDisplay(arguments, &text);
  if (command == Command::Interval) isGood = isGood && jsonWithin(arguments, "s", 2, 86400, &seconds);
  if (command == Command::Outputs) {
    isGood = isGood && jsonWithin(arguments, "zone", 1, 8, &zone) && jsonWithin(arguments, "seconds", 0, 3600, &seconds);
  }
  if (command >= Command::KeyNew) isGood = isGood && checkRotation(command, arguments);
  return isGood ? 0 : 610;
}

uint16_t checkRate(Command command) {
  const CommandState& commands = device.commands;
  if (command != Command::Relay || commands.relayCount == 0) return 0;
  const uint64_t now = hal_millis();
  const uint64_t lastMs = commands.relayMs[(commands.relayCount - 1) % 6];
  const bool isFull = commands.relayCount >= 6 && now - commands.relayMs[commands.relayCount % 6] < kRelayMinuteMs;
  return now - lastMs < kRelayGapMs || isFull ? 611 : 0;
}

static uint16_t actRelay(uint64_t ts) {
  CommandState& commands = device.commands;
  char file[24];
  Text text(file, sizeof file);
  text.decimal(ts).add('\n');
  // Persisted first: after a power cut the same command finds its number taken.
  if (hal_file_replace("/cts", 4, reinterpret_cast<const uint8_t*>(file), text.size()) != 0) return 701;
  commands.relayMs[commands.relayCount++ % 6] = hal_millis();
  say("Relay pulse");
  pulseRelay();
  return 0;
}

static void actLed(JsonValue arguments) {
  uint32_t on = 0;
  Colour colour{};
  if (device.config.pixel.present && readColour(arguments, &colour)) return setPixel(colour.r, colour.g, colour.b);
  if (!jsonWithin(arguments, "on", 0, 1, &on)) return;
  const uint32_t level = on != 0 ? 255 : 0;
  if (device.config.led.present) return setLed(on != 0);
  setPixel(level, level, level);
}

static void setInterval(uint32_t seconds) {
  device.sensor.everyS = seconds;
  device.sensor.nextMs = device.sensor.startedMs + seconds * 1000ull;
}

static void actOutputs(JsonValue arguments) {
  uint32_t zone = 1, seconds = 0;
  if (jsonWithin(arguments, "zone", 1, 8, &zone) && jsonWithin(arguments, "seconds", 0, 3600, &seconds)) setZone(zone, seconds);
}

uint16_t act(Command command, JsonValue arguments, Origin origin) {
  Str<64> text{};
  uint32_t seconds = 0;
  switch (command) {
    case Command::Relay: return actRelay(origin.ts);
    case Command::Led: actLed(arguments); break;
    case Command::Outputs: actOutputs(arguments); break;
    case Command::Identify: identify(); break;
    case Command::Reboot: device.commands.restartMs = hal_millis(); break;
    case Command::Read: break;
    case Command::Interval:
      if (jsonWithin(arguments, "s", 2, 86400, &seconds)) setInterval(seconds);
      break;
    case Command::Display:
      if (readDisplay(arguments, &text)) display(text.span());
      break;
    default: return rotate(command, arguments, origin.keyIndex);
  }
  return 0;
}

void addResult(Command command, Text* to) {
  if (command == Command::Read) return addReading(to);
  if (command >= Command::KeyNew) return addRotationResult(command, to);
  to->add('{');
  if (command == Command::Interval) to->add("\"s\":").decimal(static_cast<uint64_t>(device.sensor.everyS));
  to->add('}');
}

static bool isAllowed(Unsigned permission) {
  if ((device.config.unsignedAllowed & permission) != 0) return true;
  device.commands.refused++;
  return false;
}

static void unsignedDisplay(JsonValue body) {
  Colour colour{};
  Str<64> text{};
  if (readColour(body, &colour)) {
    if (isAllowed(kUnsignedLed)) setPixel(colour.r, colour.g, colour.b);
  } else if (readDisplay(body, &text)) {
    if (isAllowed(kUnsignedDisplay)) display(text.span());
  } else {
    device.commands.refused++;
  }
}

void handleUnsigned(Span topic, Span payload) {
  uint32_t seconds = 0;
  const JsonValue body = jsonValid(payload) ? jsonRoot(payload) : JsonValue{0, nullptr, nullptr};
  if (is(topic, "iot-2/cmd/display/fmt/json")) {
    unsignedDisplay(body);
  } else if (is(topic, "iot-2/cmd/interval/fmt/json") && jsonWithin(body, "Interval", 2, 86400, &seconds)) {
    if (isAllowed(kUnsignedInterval)) setInterval(seconds);
  } else {
    device.commands.refused++;
  }
}

}  // namespace sg
