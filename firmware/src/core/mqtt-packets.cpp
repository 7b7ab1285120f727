#include "mqtt-packets.h"

#include "../hal/hal.h"
#include "device.h"

namespace sg {

enum PacketType : uint8_t { kConnack = 2, kPublish = 3, kPuback = 4, kSuback = 9, kPingresp = 13 };

static MqttEvent event(MqttEventKind kind) { return MqttEvent{kind, 0, {nullptr, 0}, {nullptr, 0}, false, 0}; }

static uint32_t bigEndian16(const uint8_t* at) { return static_cast<uint32_t>(at[0]) << 8 | at[1]; }

// False when the connection is gone.
static bool fill() {
  MqttState& mqtt = device.mqtt;
  if (mqtt.consumed > 0) {
    moveBytesDown(mqtt.in, mqtt.in + mqtt.consumed, mqtt.inSize - mqtt.consumed);
    mqtt.inSize -= mqtt.consumed;
    mqtt.consumed = 0;
  }
  const uint32_t room = sizeof mqtt.in - mqtt.inSize;
  if (room == 0) return true;
  const int32_t got = hal_net_read(mqtt.in + mqtt.inSize, room);
  if (got < 0 || static_cast<uint32_t>(got) > room) return false;
  if (got > 0) mqtt.lastInMs = hal_millis();
  mqtt.inSize += static_cast<uint32_t>(got);
  return true;
}

struct Header {
  uint8_t type, flags;
  uint32_t size, remaining;  // of the fixed header; behind it
};

enum class HeaderResult : uint8_t { Wait, Ready, Broken };

static HeaderResult readHeader(Header* header) {
  const MqttState& mqtt = device.mqtt;
  if (mqtt.inSize < 2) return HeaderResult::Wait;
  header->type = mqtt.in[0] >> 4;
  header->flags = mqtt.in[0] & 15;
  header->remaining = 0;
  for (uint32_t i = 1; i <= 4; i++) {
    if (i >= mqtt.inSize) return HeaderResult::Wait;
    header->remaining |= static_cast<uint32_t>(mqtt.in[i] & 0x7f) << (7 * (i - 1));
    if ((mqtt.in[i] & 0x80) == 0) {
      header->size = i + 1;
      return HeaderResult::Ready;
    }
  }
  return HeaderResult::Broken;
}

// `available` is what of the body is in the buffer.
static MqttEvent readPublish(const Header& header, const uint8_t* body, uint32_t available) {
  const uint32_t qos = header.flags >> 1 & 3;
  const uint32_t idSize = qos > 0 ? 2 : 0;
  if (qos > 1 || available < 2) return event(MqttEventKind::Broken);
  const uint32_t topicSize = bigEndian16(body);
  if (2 + topicSize + idSize > available) return event(MqttEventKind::Broken);
  MqttEvent found = event(MqttEventKind::Publish);
  const char* text = reinterpret_cast<const char*>(body);
  found.topic = Span{text + 2, topicSize};
  found.payload = Span{text + 2 + topicSize + idSize, available - 2 - topicSize - idSize};
  found.isRetained = (header.flags & 1) != 0;
  found.id = qos > 0 ? static_cast<uint16_t>(bigEndian16(body + 2 + topicSize)) : 0;
  return qos > 0 && found.id == 0 ? event(MqttEventKind::Broken) : found;
}

static MqttEvent passOver(const Header& header) {
  MqttState& mqtt = device.mqtt;
  const uint32_t available = sizeof mqtt.in - header.size;
  mqtt.oversize++;
  if (header.type != kPublish) return event(MqttEventKind::Broken);
  const MqttEvent head = readPublish(header, mqtt.in + header.size, available);
  if (head.kind != MqttEventKind::Publish) return head;
  if (head.id != 0) mqttAcknowledge(head.id);
  mqtt.skip = header.remaining - available;
  mqtt.consumed = mqtt.inSize;
  return event(MqttEventKind::None);
}

static MqttEvent readPacket(const Header& header) {
  MqttState& mqtt = device.mqtt;
  const uint8_t* body = mqtt.in + header.size;
  MqttEvent found = event(MqttEventKind::Broken);
  if (header.type == kPublish) return readPublish(header, body, header.remaining);
  if (header.type == kConnack && header.remaining == 2) {
    found.kind = MqttEventKind::Connack;
    found.code = body[1];
  } else if (header.type == kSuback && header.remaining == 3 && bigEndian16(body) == mqtt.subscribeId) {
    found.kind = MqttEventKind::Suback;
    found.code = body[2];
  } else if (header.type == kPuback && header.remaining == 2) {
    found.kind = MqttEventKind::None;
  } else if (header.type == kPingresp && header.remaining == 0) {
    mqtt.pingMs = 0;
    found.kind = MqttEventKind::None;
  }
  return found;
}

static void dropSkipped() {
  MqttState& mqtt = device.mqtt;
  const uint32_t part = mqtt.skip < mqtt.inSize ? mqtt.skip : mqtt.inSize;
  mqtt.skip -= part;
  mqtt.consumed = part;
}

MqttEvent takePacket() {
  MqttState& mqtt = device.mqtt;
  Header header{};
  if (!fill()) return event(MqttEventKind::Closed);
  if (mqtt.skip > 0) {
    dropSkipped();
    return event(MqttEventKind::None);
  }
  const HeaderResult result = readHeader(&header);
  if (result == HeaderResult::Broken) return event(MqttEventKind::Broken);
  if (result == HeaderResult::Wait) return event(MqttEventKind::None);
  if (header.size + header.remaining > sizeof mqtt.in) {
    return mqtt.inSize == sizeof mqtt.in ? passOver(header) : event(MqttEventKind::None);
  }
  if (mqtt.inSize < header.size + header.remaining) return event(MqttEventKind::None);
  mqtt.consumed = header.size + header.remaining;
  return readPacket(header);
}

}  // namespace sg
