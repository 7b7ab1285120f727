#include "telemetry.h"

#include "../hal/hal.h"
#include "certificate-dates.h"
#include "device.h"
#include "version.h"

namespace sg {

static const uint64_t kHealthMs = 60000;

Span deviceTopic(const char* leaf, char* out) {
  Text text(out, kMaxTopic);
  text.add("signet/").add(device.config.project.span()).add('/').add(device.config.id.span()).add('/').add(leaf);
  return text.span();
}

Span bootNonce() { return Span{device.nonce, sizeof device.nonce}; }

static Text& number(Text* to, const char* key, int64_t value) {
  to->add(",\"").add(key).add("\":");
  if (value < 0) to->add('-');
  return to->decimal(static_cast<uint64_t>(value < 0 ? -value : value));
}

static Text& string(Text* to, const char* key, Span value) {
  return to->add(",\"").add(key).add("\":").quoted(value);
}

static Text& beginObject(Text* to) { return to->add("{\"v\":1"); }

void addReading(Text* to) {
  const Reading& reading = device.sensor.last;
  const uint64_t takenMs = reading.isTaken ? reading.takenMs : hal_millis();
  string(&beginObject(to), "n", bootNonce());
  number(to, "q", reading.sequence);
  if (device.clock.isSynchronised) number(to, "t", static_cast<int64_t>((clockNowMs() - (hal_millis() - takenMs)) / 1000));
  if (reading.isTaken && reading.isGood) {
    to->add(",\"temperature\":").tenths(reading.temperature).add(",\"humidity\":").tenths(reading.humidity);
  } else {
    number(to, "e", 801);
  }
  to->add('}');
}

static void publishIot2() {
  const Reading& reading = device.sensor.last;
  const int32_t celsius = reading.temperature;
  MqttPublish publish(spanOf("iot-2/evt/status/fmt/json"), 0, false);
  publish.payload().add("{\"d\":{\"temp\":");
  publish.payload().tenths(device.config.sensor.isFahrenheit ? celsius * 9 / 5 + 320 : celsius);
  publish.payload().add(",\"humidity\":").tenths(reading.humidity).add("}}");
  publish.send();
}

static void publishPlain(const char* leaf, int32_t value) {
  char topic[kMaxTopic];
  Text text(topic, sizeof topic);
  text.add(device.config.form.base.span()).add('/').add(leaf);
  MqttPublish publish(text.span(), 0, false);
  publish.payload().tenths(value);
  publish.send();
}

static void publishSignet() {
  char topic[kMaxTopic];
  MqttPublish publish(deviceTopic("tele", topic), 0, false);
  addReading(&publish.payload());
  publish.send();
}

void publishReading() {
  Reading& reading = device.sensor.last;
  if (!isOnline()) return;
  reading.isPublished = true;
  if (device.config.form.kind == Form::Signet) return publishSignet();
  if (!reading.isGood) return;
  if (device.config.form.kind == Form::Iot2) return publishIot2();
  publishPlain("temperature", reading.temperature);
  publishPlain("humidity", reading.humidity);
}

static void addCapabilities(Text* to) {
  const Config& config = device.config;
  to->add(",\"caps\":[");
  if (config.led.present) to->add("\"led\",");
  if (config.pixel.present) to->add("\"pixel\",");
  if (config.relay.present) to->add("\"relay\",");
  if (config.spi.present) to->add("\"outputs\",");
  to->add("\"display\"]");
}

static void addStatus(Text* to) {
  const SlotState& slot = device.slot;
  char ip[16];
  Text address(ip, sizeof ip);
  string(&beginObject(to), "st", spanOf("online"));
  string(to, "n", bootNonce());
  string(to, "fw", spanOf(kVersion));
  string(to, "slot", Span{&slot.name, 1});
  string(to, "gen", Span{slot.gen, sizeof slot.gen});
  number(to, "trial", slot.isTrial ? 1 : 0);
  addCapabilities(to);
  string(to, "ip", address.ip(device.wifi.ip).span());
  number(to, "rssi", device.wifi.rssi);
  string(to, "rst", spanOf(resetName()));
  const uint64_t until = certificateNotAfter(slot.certificate(), slot.certificateSize);
  if (until != 0) number(to, "until", static_cast<int64_t>(until));
  to->add('}');
}

void publishStatus() {
  char topic[kMaxTopic];
  device.nextHealthMs = hal_millis() + kHealthMs;
  if (device.config.form.kind != Form::Signet) return;
  MqttPublish publish(deviceTopic("status", topic), 1, true);
  addStatus(&publish.payload());
  publish.send();
}

static void addHealth(Text* to) {
  uint32_t heap = 0, block = 0;
  hal_heap(&heap, &block);
  string(&beginObject(to), "n", bootNonce());
  number(to, "up", static_cast<int64_t>(hal_millis() / 1000));
  number(to, "heap", heap);
  number(to, "blk", block);
  number(to, "rssi", device.wifi.rssi);
  number(to, "rc", device.link.connections - 1);
  number(to, "tls_ms", device.link.tlsMs);
  number(to, "tls_e", device.link.tlsError);
  number(to, "bad", device.commands.refused).add('}');
}

void pollHealth() {
  char topic[kMaxTopic];
  if (!isOnline() || device.config.form.kind != Form::Signet || hal_millis() < device.nextHealthMs) return;
  device.nextHealthMs += kHealthMs;
  MqttPublish publish(deviceTopic("health", topic), 0, false);
  addHealth(&publish.payload());
  publish.send();
}

}  // namespace sg
