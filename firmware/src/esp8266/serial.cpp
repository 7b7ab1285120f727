// The HAL's serial console on UART0.
#include <Arduino.h>

#include "../hal/hal.h"

namespace {

constexpr size_t receive_buffer_bytes = 256;

}  // namespace

void hal_serial_open(uint32_t baud) {
  static uint32_t current = 0;
  if (baud == current) return;
  if (current == 0) Serial.setRxBufferSize(receive_buffer_bytes);
  if (current != 0) Serial.flush();
  current = baud;
  Serial.begin(baud);
  Serial.setDebugOutput(false);
}

// Waits while the 128-byte transmit buffer is full: at most one line's time.
void hal_serial_write(const char* text, uint32_t len) { Serial.write(text, len); }

uint32_t hal_serial_read(char* out, uint32_t cap) {
  const int waiting = Serial.available();
  if (waiting <= 0 || cap == 0) return 0;
  const uint32_t len = static_cast<uint32_t>(waiting) < cap ? static_cast<uint32_t>(waiting) : cap;
  return static_cast<uint32_t>(Serial.readBytes(out, len));
}
