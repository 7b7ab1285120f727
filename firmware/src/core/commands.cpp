#include "commands.h"

#include "../hal/hal.h"
#include "actions.h"
#include "config-section.h"
#include "device.h"
#include "rotation.h"

namespace sg {

static const uint64_t kEarlyMs = 5000;
static const uint64_t kMaxTtlMs = 15000;
static const uint64_t kRestartWithinMs = 2000;

// A command on its way through the checks.
struct Request {
  uint8_t keyIndex;
  char id[kIdSize];
  Span json;
  JsonValue body;
  uint64_t ts;
  int32_t command;  // -1: not known
};

void loadCommandFloor() {
  char file[24];
  const int32_t size = hal_file_read("/cts", 4, reinterpret_cast<uint8_t*>(file), sizeof file);
  if (size < 2 || file[size - 1] != '\n') return;
  decodeDecimal(Span{file, static_cast<uint32_t>(size) - 1}, &device.commands.lastTs);
}

static void computeMac(const CommandKey& key, const char* form, const char* leaf, Span json, uint8_t* out) {
  char buffer[kMaxTopic];
  const Span topic = deviceTopic(leaf, buffer);
  hal_hash_begin(key.key, 32);
  hal_hash_add(reinterpret_cast<const uint8_t*>(form), textLength(form));
  hal_hash_add(reinterpret_cast<const uint8_t*>("\n"), 1);
  hal_hash_add(reinterpret_cast<const uint8_t*>(topic.data), topic.size);
  hal_hash_add(reinterpret_cast<const uint8_t*>("\n"), 1);
  hal_hash_add(reinterpret_cast<const uint8_t*>(json.data), json.size);
  hal_hash_end(out);
}

static bool isGenuine(Span payload, Request* request) {
  uint8_t given[32];
  uint8_t computed[32];
  if (!is(cut(&payload, '.'), "c1")) return false;
  const Span name = cut(&payload, '.');
  if (!decodeHex(cut(&payload, '.'), given, 32)) return false;
  request->json = payload;
  for (uint8_t i = 0; i < device.slot.keyCount; i++) {
    const CommandKey& key = device.slot.keys[i];
    if (key.name.size != name.size || !equalBytes(key.name.data, name.data, name.size)) continue;
    request->keyIndex = i;
    computeMac(key, "signet-c1", "cmd", payload, computed);
    return equalConstantTime(given, computed, 32);
  }
  return false;
}

static bool isBase64Url(const char* text, uint32_t size) {
  for (uint32_t i = 0; i < size; i++) {
    const char c = text[i];
    const bool isOne = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    if (!isOne) return false;
  }
  return true;
}

static bool readId(Request* request) {
  if (!jsonValid(request->json, kMaxPartText)) return false;
  request->body = jsonRoot(request->json);
  const int32_t size = jsonText(jsonMember(request->body, "i"), request->id, kIdSize);
  return size == static_cast<int32_t>(kIdSize) && isBase64Url(request->id, kIdSize);
}

static uint16_t checkTime(Request* request) {
  int64_t ts = 0, ttl = 0;
  char nonce[16];
  char name[16];
  const int32_t nonceSize = jsonText(jsonMember(request->body, "n"), nonce, sizeof nonce);
  const int32_t nameSize = jsonText(jsonMember(request->body, "c"), name, sizeof name);
  const bool hasTimes = jsonInteger(jsonMember(request->body, "ts"), &ts) && jsonInteger(jsonMember(request->body, "ttl"), &ttl);
  if (nonceSize < 0 || !hasTimes || ts < 0 || ttl < 0 || jsonMember(request->body, "c").kind != 's') return 604;
  request->ts = static_cast<uint64_t>(ts);
  request->command = nameSize < 0 ? -1 : wordIndex(kCommandNames, Span{name, static_cast<uint32_t>(nameSize)});
  if (nonceSize != 16 || !equalBytes(nonce, device.nonce, 16)) return 605;
  if (!device.clock.isSynchronised) return 606;
  const uint64_t now = clockNowMs();
  const bool isEarly = now + kEarlyMs < request->ts;
  const bool isLate = now > request->ts + static_cast<uint64_t>(ttl);
  return isEarly || isLate || static_cast<uint64_t>(ttl) > kMaxTtlMs ? 607 : 0;
}

static const StoredReply* findReply(const char* id) {
  for (const StoredReply& reply : device.commands.replies) {
    if (reply.size > 0 && equalBytes(reply.id, id, kIdSize)) return &reply;
  }
  return nullptr;
}

static uint16_t checkAndAct(const Request& request) {
  CommandState& commands = device.commands;
  if (request.ts <= commands.lastTs) return 608;
  commands.lastTs = request.ts;
  const Command command = static_cast<Command>(request.command);
  const bool isKnown = request.command >= 0 && isCapable(command);
  if (!isKnown || (device.slot.keys[request.keyIndex].allowed >> request.command & 1) == 0) return 609;
  const JsonValue arguments = jsonMember(request.body, "a");
  const uint16_t code = checkArguments(command, arguments);
  if (code != 0) return code;
  const uint16_t rateCode = checkRate(command);
  return rateCode != 0 ? rateCode : act(command, arguments, Origin{request.ts, request.keyIndex});
}

static void writeReply(const Request& request, uint16_t code, StoredReply* reply) {
  Text text(reply->json, sizeof reply->json);
  copyBytes(reply->id, request.id, kIdSize);
  reply->keyIndex = request.keyIndex;
  text.add("{\"i\":").quoted(Span{request.id, kIdSize}).add(",\"n\":").quoted(bootNonce());
  text.add(",\"ok\":").add(code == 0 ? '1' : '0');
  if (code != 0) text.add(",\"e\":").decimal(static_cast<uint64_t>(code));
  if (device.clock.isSynchronised) text.add(",\"now\":").decimal(clockNowMs());
  text.add(",\"last\":").decimal(device.commands.lastTs);
  if (code == 0) {
    text.add(",\"d\":");
    addResult(static_cast<Command>(request.command), &text);
  }
  text.add('}');
  reply->size = static_cast<uint16_t>(text.size());
}

static void send(const StoredReply& reply) {
  char topic[kMaxTopic];
  uint8_t mac[32];
  const Span json{reply.json, reply.size};
  computeMac(device.slot.keys[reply.keyIndex], "signet-r1", "reply", json, mac);
  MqttPublish publish(deviceTopic("reply", topic), 1, false);
  publish.payload().add("r1.").hex(mac, 32).add('.').add(json);
  publish.send();
}

static void answer(Request* request) {
  CommandState& commands = device.commands;
  StoredReply passing;  // an answer that is not kept
  StoredReply* reply = &passing;
  uint16_t code = checkTime(request);
  if (code == 0) {
    const StoredReply* known = findReply(request->id);
    if (known != nullptr) return send(*known);
    code = checkAndAct(*request);
    // 608 is not kept: it would push out an answer that is still worth keeping.
    if (code != 608) {
      reply = &commands.replies[commands.nextReply];
      commands.nextReply = static_cast<uint8_t>((commands.nextReply + 1) % 4);
    }
  }
  writeReply(*request, code, reply);
  send(*reply);
}

void handleCommand(Span topic, Span payload, bool isRetained) {
  char own[kMaxTopic];
  const bool isSignet = device.config.form.kind == Form::Signet;
  const Span expected = deviceTopic("cmd", own);
  const bool isOwn = topic.size == expected.size && equalBytes(topic.data, expected.data, topic.size);
  Request request{};
  if (isSignet && !isOwn) return;
  if (isRetained || payload.size > kMaxPayloadIn) {  // 601, 602
    device.commands.refused++;
  } else if (!isSignet) {
    handleUnsigned(topic, payload);
  } else if (!isGenuine(payload, &request) || !readId(&request)) {  // 603, 604 without an `i`
    device.commands.refused++;
  } else {
    answer(&request);
  }
}

void pollRestart() {
  const uint64_t asked = device.commands.restartMs;
  if (asked == 0) return;
  const uint64_t now = hal_millis();
  const bool isOut = mqttOutIsEmpty() && now - asked >= 200;
  if (isOut || now - asked >= kRestartWithinMs) restart();
}

}  // namespace sg
