// Declarations only: the hardware SPI master.
#pragma once
#include <stdint.h>

constexpr uint8_t SPI_MODE0 = 0;

class SPISettings {
 public:
  SPISettings(uint32_t clock, uint8_t bitOrder, uint8_t dataMode);
};
class SPIClass {
 public:
  void begin();
  void beginTransaction(SPISettings settings);
  uint8_t transfer(uint8_t data);
  void endTransaction();
};
extern SPIClass SPI;
