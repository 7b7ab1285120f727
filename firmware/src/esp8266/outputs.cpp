// The HAL's outputs: pins, one addressable pixel (Adafruit's NeoPixel library), the SPI byte of the zone box.
#include <Adafruit_NeoPixel.h>
#include <Arduino.h>
#include <SPI.h>

#include <new>

#include "../hal/hal.h"

namespace {

// The zone box's controller samples at 2 MHz, mode 0, most significant bit first.
const SPISettings zone_box(2000000, MSBFIRST, SPI_MODE0);

alignas(Adafruit_NeoPixel) uint8_t place[sizeof(Adafruit_NeoPixel)];
Adafruit_NeoPixel* pixel = nullptr;
uint32_t driven_pins = 0;

uint32_t position(const char* order, char colour) {
  for (uint32_t i = 0; i < 3; i++) {
    if (order[i] == colour) return i;
  }
  return 0;
}

// The library's encoding of a colour order: two bits each for white (absent: as red), red, green, blue.
neoPixelType pixel_type(const char* order) {
  const uint32_t red = position(order, 'R');
  return static_cast<neoPixelType>(red << 6 | red << 4 | position(order, 'G') << 2 | position(order, 'B')) + NEO_KHZ800;
}

}  // namespace

void hal_pin_output(int32_t pin, int32_t level) {
  if (pin < 0 || pin > 16) return;
  // The level goes into the latch first: only then does the pin begin to drive, and nothing clicks.
  digitalWrite(static_cast<uint8_t>(pin), level != 0 ? HIGH : LOW);
  if (driven_pins & 1u << pin) return;
  driven_pins |= 1u << pin;
  pinMode(static_cast<uint8_t>(pin), OUTPUT);
}

void hal_pixel(int32_t pin, const char* order, uint32_t r, uint32_t g, uint32_t b) {
  if (pixel == nullptr) {
    pixel = new (place) Adafruit_NeoPixel(1, static_cast<int16_t>(pin), pixel_type(order));
    pixel->begin();
  }
  pixel->setPixelColor(0, static_cast<uint8_t>(r), static_cast<uint8_t>(g), static_cast<uint8_t>(b));
  pixel->show();
}

void hal_spi_byte(int32_t ss_pin, uint32_t byte) {
  static bool begun = false;
  if (!begun) SPI.begin();
  begun = true;
  hal_pin_output(ss_pin, 1);
  SPI.beginTransaction(zone_box);
  hal_pin_output(ss_pin, 0);
  SPI.transfer(static_cast<uint8_t>(byte));
  hal_pin_output(ss_pin, 1);
  SPI.endTransaction();
}

// The boards have no display of their own: the core's console line is what is shown.
void hal_display(const char*, uint32_t) {}
