// Declarations only: Adafruit's "Adafruit NeoPixel".
#pragma once
#include <stdint.h>

typedef uint16_t neoPixelType;
constexpr neoPixelType NEO_KHZ800 = 0x0000;

class Adafruit_NeoPixel {
 public:
  Adafruit_NeoPixel(uint16_t count, int16_t pin, neoPixelType type);
  void begin();
  void setPixelColor(uint16_t index, uint8_t r, uint8_t g, uint8_t b);
  void show();

 private:
  uint32_t state_[8];
};
