#include "sensor.h"

#include "../hal/hal.h"
#include "device.h"

namespace sg {

static const uint64_t kFirstMs = 1000;  // a DHT needs a second after power comes
static const uint64_t kGiveUpMs = 3000;

void startSensor() {
  SensorState& sensor = device.sensor;
  sensor.everyS = device.config.sensor.everyS;
  sensor.nextMs = kFirstMs;
  if (device.config.sensor.type == SensorType::None) report(Stage::Read, State::Skip);
}

static int32_t inUnit(int32_t temperature) {
  return device.config.sensor.isFahrenheit ? temperature * 9 / 5 + 320 : temperature;
}

static void tellGood(const Reading& reading) {
  char line[64];
  Text text(line, sizeof line);
  text.add("Temperature: ").tenths(inUnit(reading.temperature));
  text.add(device.config.sensor.isFahrenheit ? " F" : " C").add("  Humidity: ").tenths(reading.humidity).add(" %");
  say(text.span());
  Fields fields;
  fields.tenths("temperature", reading.temperature).tenths("humidity", reading.humidity);
  report(Stage::Read, State::Ok, fields);
}

static void finish(const HalReading& now) {
  SensorState& sensor = device.sensor;
  Reading& reading = sensor.last;
  sensor.isBusy = false;
  reading = Reading{true, now.state == 1, now.temperature, now.humidity, sensor.nextSequence++, hal_millis(), false};
  if (reading.isGood) {
    tellGood(reading);
    showTemperature(reading.temperature);
  } else {
    say("Failed to read from DHT sensor!");
    reportFault(Stage::Read, 801);
  }
  publishReading();
}

static void begin() {
  SensorState& sensor = device.sensor;
  sensor.isBusy = true;
  sensor.startedMs = hal_millis();
  sensor.nextMs = sensor.startedMs + sensor.everyS * 1000ull;
  hal_sensor_start(static_cast<int32_t>(device.config.sensor.type), device.config.sensor.pin);
}

void pollSensor() {
  SensorState& sensor = device.sensor;
  if (device.config.sensor.type == SensorType::None) return;
  if (!sensor.isBusy && hal_millis() >= sensor.nextMs) begin();
  if (!sensor.isBusy) return;
  HalReading now{};
  hal_sensor_poll(&now);
  if (now.state == 0 && hal_millis() - sensor.startedMs >= kGiveUpMs) now.state = 2;
  if (now.state != 0) finish(now);
}

void readSoon() {
  SensorState& sensor = device.sensor;
  // A DHT answers at most every two seconds.
  const uint64_t soonest = sensor.startedMs + 2000;
  const uint64_t wanted = soonest > hal_millis() ? soonest : hal_millis();
  if (sensor.nextMs > wanted) sensor.nextMs = wanted;
  if (device.config.sensor.type == SensorType::None) repeatStage(Stage::Read);
}

}  // namespace sg
