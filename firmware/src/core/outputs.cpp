#include "outputs.h"

#include "../hal/hal.h"
#include "device.h"

namespace sg {

static const uint64_t kBlinkMs = 200;

static void driveLed(bool isOn) {
  if (device.config.led.present) hal_pin_output(device.config.led.pin, isOn != device.config.led.low);
}

static void driveRelay(bool isOn) {
  if (device.config.relay.present) hal_pin_output(device.config.relay.pin, isOn != device.config.relay.low);
}

static void driveZones() {
  if (!device.config.spi.present) return;
  const uint32_t byte = device.config.spi.invert ? device.outputs.zones ^ 0xffu : device.outputs.zones;
  hal_spi_byte(device.config.spi.ss, byte);
}

void startOutputs() {
  driveRelay(false);
  driveZones();
  driveLed(false);
  setPixel(0, 0, 0);
}

static void drivePixel(uint32_t r, uint32_t g, uint32_t b) {
  if (device.config.pixel.present) hal_pixel(device.config.pixel.pin, device.config.pixel.order, r, g, b);
}

static void endBlinking() {
  const uint8_t* colour = device.outputs.colour;
  if (device.outputs.blinksLeft > 0) drivePixel(colour[0], colour[1], colour[2]);
  device.outputs.blinksLeft = 0;
  driveLed(device.outputs.isLedOn);
}

void setLed(bool isOn) {
  device.outputs.isLedOn = isOn;
  endBlinking();
}

void setPixel(uint32_t r, uint32_t g, uint32_t b) {
  uint8_t* colour = device.outputs.colour;
  colour[0] = static_cast<uint8_t>(r);
  colour[1] = static_cast<uint8_t>(g);
  colour[2] = static_cast<uint8_t>(b);
  drivePixel(r, g, b);
}

void showTemperature(int32_t tenths) {
  const int16_t* at = device.config.pixel.at;
  const uint32_t blue = tenths < at[0] ? 255 : tenths < at[1] ? 150 : 0;
  const uint32_t red = tenths >= at[3] ? 255 : tenths > at[2] ? 150 : 0;
  const uint32_t green = tenths <= at[0] ? 0 : tenths <= at[2] ? 255 : tenths < at[3] ? 150 : 0;
  setPixel(red, green, blue);
}

void pulseRelay() {
  device.outputs.isPulsing = true;
  device.outputs.pulseEndMs = hal_millis() + device.config.relay.pulseMs;
  driveRelay(true);
}

void setZone(uint32_t zone, uint32_t seconds) {
  const uint8_t bit = static_cast<uint8_t>(1u << (zone - 1));
  OutputState& outputs = device.outputs;
  outputs.zones = static_cast<uint8_t>(seconds > 0 ? outputs.zones | bit : outputs.zones & ~bit);
  outputs.zoneEndMs[zone - 1] = hal_millis() + seconds * 1000ull;
  driveZones();
}

void identify() {
  device.outputs.blinksLeft = 10;
  device.outputs.blinkMs = hal_millis();
  say("Identify: this is the board.");
}

void display(Span text) {
  char line[80];
  Text out(line, sizeof line);
  say(out.add("Display: ").add(text).span());
  hal_display(text.data, text.size);
}

static void pollBlink() {
  OutputState& outputs = device.outputs;
  if (outputs.blinksLeft == 0 || hal_millis() < outputs.blinkMs) return;
  if (outputs.blinksLeft == 1) return endBlinking();
  outputs.blinksLeft--;
  outputs.blinkMs += kBlinkMs;
  const uint32_t level = outputs.blinksLeft % 2 != 0 ? 255 : 0;
  driveLed(level != 0);
  drivePixel(level, level, level);
}

static void pollZones() {
  OutputState& outputs = device.outputs;
  const uint8_t before = outputs.zones;
  for (uint32_t i = 0; i < 8; i++) {
    if ((outputs.zones >> i & 1) != 0 && hal_millis() >= outputs.zoneEndMs[i]) {
      outputs.zones = static_cast<uint8_t>(outputs.zones & ~(1u << i));
    }
  }
  if (outputs.zones != before) driveZones();
}

void pollOutputs() {
  OutputState& outputs = device.outputs;
  if (outputs.isPulsing && hal_millis() >= outputs.pulseEndMs) {
    outputs.isPulsing = false;
    driveRelay(false);
  }
  pollBlink();
  pollZones();
}

}  // namespace sg
