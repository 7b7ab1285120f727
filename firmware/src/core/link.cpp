#include "link.h"

#include "backoff.h"
#include "device.h"
#include "discovery.h"

namespace sg {

static const uint64_t kOpenMs = 30000;
static const uint64_t kAnswerMs = 10000;
static const uint64_t kLonelyMs = 15 * 60000;  // ESPHome's figure
static const uint64_t kSteadyMs = 30000;  // a connection that lasts this long forgets earlier failures

bool isOnline() { return device.link.phase == LinkPhase::Online; }
bool isLinkOpen() { return device.link.phase != LinkPhase::Closed; }

static void enter(LinkPhase phase) {
  device.link.phase = phase;
  device.link.sinceMs = hal_millis();
}

static void close() {
  LinkState& link = device.link;
  const bool wasSteady = link.phase == LinkPhase::Online && hal_millis() - link.onlineMs >= kSteadyMs;
  hal_net_close();
  if (wasSteady) link.failures = 0;
  link.nextMs = hal_millis() + backoffMs(link.failures);
  if (link.failures < 10) link.failures++;
  enter(LinkPhase::Closed);
}

static void fail(Stage stage, uint16_t code, const char* detail, int32_t value) {
  Fields fields;
  fields.number("e", code);
  if (detail != nullptr) fields.number(detail, value);
  reportFault(stage, code, fields);
  close();
}

static void open() {
  LinkState& link = device.link;
  const Config& config = device.config;
  const SlotState& slot = device.slot;
  link.tls = HalTls{slot.ca(),       slot.caSize,         slot.certificate(), slot.certificateSize, slot.key(),
                    slot.keySize,    config.tls.pin,      config.tls.pinSize, config.tls.mode,
                    config.tls.fragment, clockNowMs()};
  link.netState = 0;
  enter(LinkPhase::Opening);
  report(Stage::Dns, State::Try);
  hal_net_open(config.mqtt.host.data, config.mqtt.host.size, config.mqtt.port, &link.tls);
}

// Of 401 to 404 what the broker's certificate does.
static const char* tlsText(int32_t code) {
  switch (code) {
    case 401: return "has expired";
    case 402: return "is not valid yet";
    case 403: return "has another name";
    case 404: return "is not trusted";
    case 405: return "the broker's key is not the pinned one";
    case 406: return "not enough memory";
    case 407: return "the broker closed the connection: it may not accept this device's certificate";
    default: return "see the number";
  }
}

static void openFailed(const HalNet& net) {
  const uint16_t code = net.code == 0 ? 501 : static_cast<uint16_t>(net.code);
  if (code >= 351 && code <= 352) return fail(Stage::Dns, code, nullptr, 0);
  if (lastState(Stage::Dns) == State::Try) report(Stage::Dns, State::Ok);
  if (code >= 401 && code <= 408) {
    char line[128];
    Text text(line, sizeof line);
    device.link.tlsError = code;
    text.add("last SSL Error = ").decimal(net.raw).add(" : ");
    if (code <= 404) text.add("the broker's certificate ");
    say(text.add(tlsText(code)).span());
  }
  fail(Stage::Tls, code, code == 408 ? "raw" : nullptr, net.raw);
}

static void tellSecure(const HalNet& net) {
  Fields fields;
  uint32_t heap = 0, block = 0;
  hal_heap(&heap, &block);
  device.link.tlsMs = net.tls_ms;
  fields.number("ms", static_cast<int32_t>(net.tls_ms)).number("frag", static_cast<int32_t>(net.fragment));
  fields.number("resumed", net.resumed).number("heap", static_cast<int32_t>(heap));
  if (net.simulated != 0) fields.number("sim", 1);
  if (device.config.tls.mode == 1) say("Only the broker's SHA-1 fingerprint is checked, as configured.");
  report(Stage::Tls, State::Ok, fields);
}

static void logIn() {
  char topic[kMaxTopic];
  char payload[64];
  Text will(payload, sizeof payload);
  const Config& config = device.config;
  const bool hasWill = config.form.kind == Form::Signet;
  will.add("{\"v\":1,\"st\":\"offline\",\"n\":\"").add(bootNonce()).add("\"}");
  const Span willTopic = hasWill ? deviceTopic("status", topic) : Span{topic, 0};
  mqttStart(MqttLogin{config.mqtt.client.span(), config.mqtt.user.span(), config.mqtt.pass.span(), willTopic,
                      will.span(), config.mqtt.keepS});
  report(Stage::Mqtt, State::Try);
  enter(LinkPhase::LoggingIn);
}

static void pollOpening() {
  LinkState& link = device.link;
  HalNet net{};
  hal_net_poll(&net);
  if (net.state != link.netState) {
    const bool isResolved = net.state >= 2 && net.state <= 4;
    if (isResolved && lastState(Stage::Dns) == State::Try) report(Stage::Dns, State::Ok);
    if (net.state == 3) report(Stage::Tls, State::Try);
    link.netState = net.state;
  }
  if (net.state == 5 || net.state == 0) return openFailed(net);
  if (net.state == 4) {
    tellSecure(net);
    return logIn();
  }
  if (hal_millis() - link.sinceMs >= kOpenMs) fail(Stage::Tls, 501, nullptr, 0);
}

static void goOnline() {
  LinkState& link = device.link;
  enter(LinkPhase::Online);
  link.onlineMs = hal_millis();
  link.connections++;
  confirmClock();
  publishStatus();
  announceDiscovery();
  if (device.sensor.last.isTaken && !device.sensor.last.isPublished) publishReading();
}

static void subscribed(uint8_t granted) {
  if (granted == 0x80) {
    // Readings still go out: only commands cannot come in.
    reportFault(Stage::Mqtt, 503);
  } else {
    say("MQTT Connected");
    report(Stage::Mqtt, State::Ok);
  }
  goOnline();
}

static void loggedIn(uint8_t returnCode) {
  char filter[kMaxTopic];
  if (returnCode != 0) return fail(Stage::Mqtt, 502, "rc", returnCode);
  if (device.config.form.kind == Form::Plain) return subscribed(0);
  const bool isIot2 = device.config.form.kind == Form::Iot2;
  mqttSubscribe(isIot2 ? spanOf("iot-2/cmd/+/fmt/json") : deviceTopic("cmd", filter));
  enter(LinkPhase::Subscribing);
}

static void obey(const MqttEvent& event) {
  if (!handleDiscovery(event.topic, event.payload)) handleCommand(event.topic, event.payload, event.isRetained);
  if (event.id != 0) mqttAcknowledge(event.id);
}

static bool isExpected(MqttEventKind kind) {
  const LinkPhase phase = device.link.phase;
  if (kind == MqttEventKind::Connack) return phase == LinkPhase::LoggingIn;
  // Online comes the answer to Home Assistant's topic: without that right its starts go unnoticed, nothing else.
  if (kind == MqttEventKind::Suback) return phase == LinkPhase::Subscribing || phase == LinkPhase::Online;
  return phase != LinkPhase::LoggingIn;
}

static void handle(const MqttEvent& event) {
  // Closed before the login was through: the broker may not want this device. Later it is the network or a restart.
  const bool isRefusal = event.kind == MqttEventKind::Closed && !isOnline();
  if (isRefusal) return fail(Stage::Mqtt, 407, nullptr, 0);
  if (event.kind == MqttEventKind::Closed || event.kind == MqttEventKind::TimedOut) return fail(Stage::Mqtt, 504, nullptr, 0);
  if (event.kind == MqttEventKind::Broken || !isExpected(event.kind)) return fail(Stage::Mqtt, 504, "raw", 1);
  if (event.kind == MqttEventKind::Connack) return loggedIn(event.code);
  if (event.kind == MqttEventKind::Suback) {
    if (!isOnline()) subscribed(event.code);
    return;
  }
  obey(event);
}

static void pollSession() {
  const LinkState& link = device.link;
  const uint32_t oversize = device.mqtt.oversize;
  const MqttEvent event = mqttPoll(device.config.mqtt.keepS);
  device.commands.refused += device.mqtt.oversize - oversize;
  if (event.kind != MqttEventKind::None) return handle(event);
  const bool isWaiting = link.phase != LinkPhase::Online;
  if (isWaiting && hal_millis() - link.sinceMs >= kAnswerMs) fail(Stage::Mqtt, 504, nullptr, 0);
}

// The stages say so too: `info` must not show a connection that is gone.
static void lostNetwork() {
  if (device.link.phase == LinkPhase::Opening) return fail(Stage::Tls, 501, nullptr, 0);
  fail(Stage::Mqtt, 504, nullptr, 0);
}

void pollLink(bool mayConnect) {
  LinkState& link = device.link;
  if (link.phase == LinkPhase::Closed) {
    // A handshake's arithmetic takes a second in which no pulse ends.
    if (mayConnect && !device.outputs.isPulsing && hal_millis() >= link.nextMs) open();
    return;
  }
  if (!mayConnect) return lostNetwork();
  if (link.phase == LinkPhase::Opening) return pollOpening();
  pollSession();
}

void pollLoneliness() {
  LinkState& link = device.link;
  if (isOnline()) link.lastOnlineMs = hal_millis();
  // A zone that waters now is not cut short.
  if (hal_millis() - link.lastOnlineMs < kLonelyMs || device.outputs.zones != 0) return;
  say("No connection for 15 minutes.");
  restart();
}

}  // namespace sg
