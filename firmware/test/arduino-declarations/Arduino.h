// Declarations only: pins, time, serial port and the ESP object of the Arduino core for ESP8266.
#pragma once
#include <math.h>
#include <stddef.h>
#include <stdint.h>

constexpr uint8_t LOW = 0, HIGH = 1;
constexpr uint8_t INPUT = 0, OUTPUT = 1;
constexpr uint8_t LSBFIRST = 0, MSBFIRST = 1;

void setup();
void loop();

extern "C" {
void pinMode(uint8_t pin, uint8_t mode);
void digitalWrite(uint8_t pin, uint8_t level);
unsigned long millis();
uint64_t micros64();
void delay(unsigned long ms);
void optimistic_yield(uint32_t interval_us);
}
void configTime(const char* tz, const char* server1, const char* server2 = nullptr, const char* server3 = nullptr);

class HardwareSerial {
 public:
  void begin(unsigned long baud);
  void flush();
  size_t setRxBufferSize(size_t size);
  void setDebugOutput(bool on);
  int available();
  size_t write(const char* buffer, size_t size);
  size_t readBytes(char* buffer, size_t size);
};
extern HardwareSerial Serial;

class EspClass {
 public:
  static void wdtFeed();
  static void restart();
  static uint32_t getFreeHeap();
  static uint32_t getMaxFreeBlockSize();
  static struct rst_info* getResetInfoPtr();
  static bool rtcUserMemoryRead(uint32_t offset, uint32_t* data, size_t size);
  static bool rtcUserMemoryWrite(uint32_t offset, uint32_t* data, size_t size);
  static uint8_t* random(uint8_t* out, size_t size);
};
extern EspClass ESP;
