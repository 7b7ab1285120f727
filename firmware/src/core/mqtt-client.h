// MQTT 3.1.1 over hal_net_*: packets in and out, keep-alive. Bounded buffers; knows no topic by meaning.
#pragma once
#include "text.h"

namespace sg {

constexpr uint32_t kMaxPayloadIn = 2048;
constexpr uint32_t kMaxPayloadOut = 1024;
constexpr uint32_t kMaxTopic = 96;
constexpr uint32_t kMaxConfigBytes = 2048;

struct MqttState {
  uint8_t in[kMaxPayloadIn + kMaxTopic + 16];
  uint32_t inSize, consumed, skip;
  uint8_t out[1600];
  uint32_t outSize;
  uint16_t lastId, subscribeId;
  uint64_t lastInMs, lastOutMs, pingMs;  // pingMs 0: none on its way
  uint32_t oversize;                     // packets passed over
};

enum class MqttEventKind : uint8_t { None, Connack, Suback, Publish, Closed, TimedOut, Broken };

struct MqttEvent {
  MqttEventKind kind;
  uint8_t code;  // CONNACK's return code, SUBACK's granted QoS or 0x80
  Span topic, payload;
  bool isRetained;
  uint16_t id;  // to acknowledge; 0 for QoS 0
};

struct MqttLogin {
  Span client, user, password;
  Span willTopic, willPayload;  // no will when the topic is empty
  uint16_t keepAliveS;
};

void mqttStart(const MqttLogin& login);
void mqttSubscribe(Span filter);
void mqttAcknowledge(uint16_t id);
// At most one event; its spans hold until the next call. Sends what waits.
MqttEvent mqttPoll(uint16_t keepAliveS);
bool mqttOutIsEmpty();

// A PUBLISH under construction: write the payload, then send. What does not fit is not sent at all.
class MqttPublish {
 public:
  MqttPublish(Span topic, uint8_t qos, bool isRetained);
  Text& payload() { return payload_; }
  void send();

 private:
  uint8_t firstByte_;
  uint32_t headSize_;
  Text payload_;
};

}  // namespace sg
