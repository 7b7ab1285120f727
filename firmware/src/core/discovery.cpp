#include "discovery.h"

#include "../hal/hal.h"
#include "device.h"
#include "version.h"

namespace sg {

static bool isWanted() {
  const Config& config = device.config;
  return config.discovery.size > 0 && config.form.kind == Form::Signet && config.sensor.type != SensorType::None;
}

static Span prefixed(const char* rest, char* out) {
  return Text(out, kMaxTopic).add(device.config.discovery.span()).add(rest).span();
}

// Unique beyond the project: two projects may each have a device of this name.
static Text& addUniqueId(Text* to) {
  return to->add("signet-").add(device.config.project.span()).add('-').add(device.config.id.span());
}

static void addComponent(Text* to, const char* name, const char* unit) {
  to->add('"').add(name).add("\":{\"p\":\"sensor\",\"dev_cla\":\"").add(name).add("\",\"unit_of_meas\":\"").add(unit);
  to->add("\",\"stat_cla\":\"measurement\",\"uniq_id\":\"");
  addUniqueId(to).add('-').add(name).add("\",\"val_tpl\":\"{{value_json.").add(name).add("}}\"}");
}

static void addDescription(Text* to) {
  char topic[kMaxTopic];
  to->add("{\"dev\":{\"ids\":\"");
  addUniqueId(to).add("\",\"name\":\"").add(device.config.id.span()).add("\",\"sw\":\"").add(kVersion);
  to->add("\"},\"o\":{\"name\":\"Signet\",\"sw\":\"").add(kVersion).add("\"},\"stat_t\":\"").add(deviceTopic("tele", topic));
  to->add("\",\"avty_t\":\"").add(deviceTopic("status", topic)).add("\",\"avty_tpl\":\"{{value_json.st}}\",\"cmps\":{");
  addComponent(to, "temperature", "\xc2\xb0\x43");
  to->add(',');
  addComponent(to, "humidity", "%");
  to->add("}}");
}

static void publishDiscovery() {
  char topic[kMaxTopic];
  Text path(topic, sizeof topic);
  path.add(device.config.discovery.span()).add("/device/").add(device.config.id.span()).add("/config");
  MqttPublish publish(path.span(), 1, true);
  addDescription(&publish.payload());
  publish.send();
}

void announceDiscovery() {
  char topic[kMaxTopic];
  if (!isWanted()) return;
  mqttSubscribe(prefixed("/status", topic));
  device.discoveryDueMs = hal_millis() + 1;
}

void pollDiscovery() {
  if (device.discoveryDueMs == 0 || hal_millis() < device.discoveryDueMs || !isOnline() || !mqttOutIsEmpty()) return;
  device.discoveryDueMs = 0;
  publishDiscovery();
}

bool handleDiscovery(Span topic, Span payload) {
  char own[kMaxTopic];
  if (!isWanted()) return false;
  const Span expected = prefixed("/status", own);
  if (topic.size != expected.size || !equalBytes(topic.data, expected.data, topic.size)) return false;
  if (is(payload, "online")) device.discoveryDueMs = hal_millis() + 1;
  return true;
}

}  // namespace sg
