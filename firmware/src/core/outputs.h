// LED, pixel, relay, SPI outputs and the display line. All timers, no waiting; nothing moves at start or reconnect.
#pragma once
#include "bytes.h"

namespace sg {

struct OutputState {
  bool isPulsing, isLedOn, isIdentifying;
  uint64_t pulseEndMs, blinkMs;
  uint8_t blinksLeft;
  uint8_t colour[3];  // the pixel's, blinking aside
  uint8_t zones;
  uint64_t zoneEndMs[8];
};

void startOutputs();
void pollOutputs();
void setLed(bool isOn);
void setPixel(uint32_t r, uint32_t g, uint32_t b);
// The pixel's colour by the four thresholds.
void showTemperature(int32_t tenths);
void pulseRelay();
// `seconds` 0 switches the zone (1 to 8) off.
void setZone(uint32_t zone, uint32_t seconds);
void identify();
void display(Span text);

}  // namespace sg
