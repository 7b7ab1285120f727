// The HAL's sensor and outputs: readings from the options, outputs as lines on the events channel.
#include <math.h>

#include "../hal/hal.h"
#include "host.h"

using namespace signet_host;

namespace {

constexpr uint64_t conversion_ms = 20;
bool started = false;
uint64_t ready_at_ms = 0;

}  // namespace

void hal_sensor_start(int32_t, int32_t) {
  started = true;
  ready_at_ms = hal_millis() + conversion_ms;
}

void hal_sensor_poll(HalReading* out) {
  *out = {0, 0, 0};
  if (!started || options().sensor == "pending" || hal_millis() < ready_at_ms) return;
  if (options().sensor == "fail") {
    out->state = 2;
    return;
  }
  out->state = 1;
  out->temperature = static_cast<int32_t>(lround(options().temperature_c * 10));
  out->humidity = static_cast<int32_t>(lround(options().humidity_percent * 10));
}

void hal_pin_output(int32_t pin, int32_t level) { report("pin %d %d", pin, level); }

void hal_pixel(int32_t pin, const char* order, uint32_t r, uint32_t g, uint32_t b) {
  report("pixel %d %.3s %u %u %u", pin, order, r, g, b);
}

void hal_spi_byte(int32_t ss_pin, uint32_t byte) { report("spi %d %02x", ss_pin, byte); }

void hal_display(const char* text, uint32_t len) { report("display %.*s", static_cast<int>(len), text); }
