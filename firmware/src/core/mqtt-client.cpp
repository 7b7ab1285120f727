#include "mqtt-client.h"

#include "../hal/hal.h"
#include "device.h"
#include "mqtt-packets.h"

namespace sg {

static const uint32_t kHeaderRoom = 3;  // one type byte, two of length: no packet here is larger than 16,383

static void addText(Text* to, Span text) {
  to->add(static_cast<char>(text.size >> 8)).add(static_cast<char>(text.size & 0xff)).add(text);
}

static Text bodyText() {
  MqttState& mqtt = device.mqtt;
  const uint32_t used = mqtt.outSize + kHeaderRoom;
  char* at = reinterpret_cast<char*>(mqtt.out) + used;
  return used < sizeof mqtt.out ? Text(at, sizeof mqtt.out - used) : Text(at, 0);
}

// The body stands behind the room for its header; puts the header before it and closes the gap.
static void finish(uint8_t firstByte, uint32_t size) {
  MqttState& mqtt = device.mqtt;
  uint8_t* packet = mqtt.out + mqtt.outSize;
  packet[0] = firstByte;
  if (size < 128) {
    packet[1] = static_cast<uint8_t>(size);
    moveBytesDown(packet + 2, packet + kHeaderRoom, size);
    mqtt.outSize += 2 + size;
  } else {
    packet[1] = static_cast<uint8_t>(0x80 | (size & 0x7f));
    packet[2] = static_cast<uint8_t>(size >> 7);
    mqtt.outSize += kHeaderRoom + size;
  }
  mqtt.lastOutMs = hal_millis();
}

static bool send(uint8_t firstByte, const Text& body) {
  if (!body.overflow()) finish(firstByte, body.size());
  return !body.overflow();
}

static uint16_t nextId() {
  MqttState& mqtt = device.mqtt;
  mqtt.lastId = static_cast<uint16_t>(mqtt.lastId == 0xffff ? 1 : mqtt.lastId + 1);
  return mqtt.lastId;
}

static void addId(Text* body, uint16_t id) {
  body->add(static_cast<char>(id >> 8)).add(static_cast<char>(id & 0xff));
}

void mqttStart(const MqttLogin& login) {
  MqttState& mqtt = device.mqtt;
  mqtt.inSize = mqtt.consumed = mqtt.skip = mqtt.outSize = 0;
  mqtt.lastInMs = mqtt.lastOutMs = hal_millis();
  mqtt.pingMs = 0;
  uint8_t flags = 0x02;  // clean session
  if (login.willTopic.size > 0) flags |= 0x04 | 0x08 | 0x20;  // will, QoS 1, retained
  if (login.user.size > 0) flags |= 0x80;
  if (login.user.size > 0 && login.password.size > 0) flags |= 0x40;  // a password needs a user name (3.1.2.9)
  Text body = bodyText();
  addText(&body, spanOf("MQTT"));
  body.add(4).add(static_cast<char>(flags));
  addId(&body, login.keepAliveS);
  addText(&body, login.client);
  if ((flags & 0x04) != 0) {
    addText(&body, login.willTopic);
    addText(&body, login.willPayload);
  }
  if ((flags & 0x80) != 0) addText(&body, login.user);
  if ((flags & 0x40) != 0) addText(&body, login.password);
  send(0x10, body);
}

void mqttSubscribe(Span filter) {
  Text body = bodyText();
  device.mqtt.subscribeId = nextId();
  addId(&body, device.mqtt.subscribeId);
  addText(&body, filter);
  body.add(1);  // QoS 1
  send(0x82, body);
}

void mqttAcknowledge(uint16_t id) {
  Text body = bodyText();
  addId(&body, id);
  send(0x40, body);
}

static uint32_t payloadRoom(uint32_t headSize) {
  const uint32_t used = device.mqtt.outSize + headSize;
  const uint32_t room = used < sizeof device.mqtt.out ? sizeof device.mqtt.out - used : 0;
  return room < kMaxPayloadOut ? room : kMaxPayloadOut;
}

MqttPublish::MqttPublish(Span topic, uint8_t qos, bool isRetained)
    : firstByte_(static_cast<uint8_t>(0x30 | qos << 1 | (isRetained ? 1 : 0))),
      headSize_(kHeaderRoom + 2 + topic.size + (qos > 0 ? 2 : 0)),
      payload_(reinterpret_cast<char*>(device.mqtt.out) + device.mqtt.outSize + headSize_, payloadRoom(headSize_)) {
  Text head = bodyText();
  addText(&head, topic);
  if (qos > 0) addId(&head, nextId());
}

void MqttPublish::send() {
  if (payload_.overflow() || payloadRoom(headSize_) == 0) return say("MQTT Publish failed");
  finish(firstByte_, headSize_ - kHeaderRoom + payload_.size());
}

static bool flush() {
  MqttState& mqtt = device.mqtt;
  if (mqtt.outSize == 0) return true;
  const int32_t sent = hal_net_write(mqtt.out, mqtt.outSize);
  if (sent < 0 || static_cast<uint32_t>(sent) > mqtt.outSize) return false;
  moveBytesDown(mqtt.out, mqtt.out + sent, mqtt.outSize - static_cast<uint32_t>(sent));
  mqtt.outSize -= static_cast<uint32_t>(sent);
  return true;
}

// Pings when either side was quiet; false when the answer does not come.
static bool keepAlive(uint16_t keepAliveS) {
  MqttState& mqtt = device.mqtt;
  const uint64_t now = hal_millis();
  const uint64_t quietMs = keepAliveS * 500ull;
  if (mqtt.pingMs != 0) return now - mqtt.pingMs < quietMs;
  if (now - mqtt.lastInMs < quietMs && now - mqtt.lastOutMs < quietMs) return true;
  Text body = bodyText();
  if (send(0xc0, body)) mqtt.pingMs = now == 0 ? 1 : now;
  return true;
}

MqttEvent mqttPoll(uint16_t keepAliveS) {
  MqttEvent found = takePacket();
  if (found.kind == MqttEventKind::Closed || found.kind == MqttEventKind::Broken) return found;
  // Whatever came in: a flood of messages must not keep the own ones, nor the pings, from going out.
  const bool isAlive = keepAlive(keepAliveS);
  const bool isSent = flush();
  if (found.kind != MqttEventKind::None) return found;
  if (!isAlive) found.kind = MqttEventKind::TimedOut;
  if (!isSent) found.kind = MqttEventKind::Closed;
  return found;
}

bool mqttOutIsEmpty() { return device.mqtt.outSize == 0; }

}  // namespace sg
