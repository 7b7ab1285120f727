// The HAL's sensor by Adafruit's DHT library. A reading holds the processor for 5 ms (DHT22) or 25 ms (DHT11).
#include <DHT.h>

#include <new>

#include "../hal/hal.h"

namespace {

constexpr int32_t type_dht11 = 1;

alignas(DHT) uint8_t place[sizeof(DHT)];
DHT* sensor = nullptr;
bool wanted = false;
HalReading last = {2, 0, 0};

void read_now() {
  wanted = false;
  const float celsius = sensor->readTemperature();
  const float percent = sensor->readHumidity();
  last.state = isnan(celsius) || isnan(percent) ? 2 : 1;
  if (last.state == 2) return;
  last.temperature = static_cast<int32_t>(lroundf(celsius * 10));
  last.humidity = static_cast<int32_t>(lroundf(percent * 10));
}

}  // namespace

void hal_sensor_start(int32_t type, int32_t pin) {
  static int32_t current_type = 0;
  static int32_t current_pin = -1;
  wanted = true;
  if (sensor != nullptr && type == current_type && pin == current_pin) return;
  current_type = type;
  current_pin = pin;
  sensor = new (place) DHT(static_cast<uint8_t>(pin), type == type_dht11 ? DHT11 : DHT22);
  sensor->begin();
}

void hal_sensor_poll(HalReading* out) {
  if (wanted && sensor != nullptr) read_now();
  *out = last;
}
