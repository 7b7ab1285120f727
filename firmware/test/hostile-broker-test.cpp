// What a broker, or somebody on it, could send: mutated packets, mutated but rightly signed commands, replays.
#include <stdio.h>

#include "../src/core/device.h"
#include "test-device.h"

static const char kConfig[] =
    "{\"v\":1,\"project\":\"porch\",\"id\":\"porch-1\",\"wifi\":[{\"ssid\":\"home\",\"psk\":\"password1\"}],"
    "\"mqtt\":{\"host\":\"broker.local\"},\"relay\":{\"pin\":5,\"low\":false,\"pulse_ms\":500},\"led\":{\"pin\":2,\"low\":true}}";
static const std::string kTopic = "signet/porch/porch-1/cmd";

static std::string commandBody(const std::string& id, const std::string& command, const std::string& arguments) {
  return "{\"i\":\"" + id + std::string(22 - id.size(), '-') + "\",\"n\":\"" + nonceOfBoot() +
         "\",\"ts\":" + std::to_string(unixNow()) + ",\"ttl\":10000,\"c\":\"" + command + "\",\"a\":" + arguments + "}";
}

static void reconnectIfClosed() {
  if (!sg::isOnline()) goOnline();
}

static void deliver(const std::string& bytes) {
  scripted.readChunk = 1 + nextRandom() % 700;
  scripted.netIn += bytes;
  runFor(100);
}

static void stillObeys() {
  scripted.netIn.clear();
  scripted.readChunk = 100000;
  sg::device.link.phase = sg::LinkPhase::Closed;  // as after a fresh start of the broker
  sg::device.link.nextMs = 0;
  goOnline();
  runFor(3000);
  countLines("");
  deliver(publishPacket(kTopic, signedCommand(commandBody("good", "relay", "{}")), 7));
  runFor(1000);
  CHECK(countLines(" pin 5 1") == 1);
}

static void survivesMutatedPackets() {
  putDevice(kConfig);
  bootDevice();
  goOnline();
  countLines("");
  int pulses = 0;
  int closed = 0;
  for (int i = 0; i < 10000; i++) {
    // An old command: even when the mutation spares it, its number is taken or its time is over.
    const std::string command = "c1.app." + std::string(64, '0') + "." + commandBody("x", "relay", "{}");
    deliver(mutate(publishPacket(kTopic, command, static_cast<uint16_t>(1 + i % 60000))));
    pulses += countLines(" pin 5 1");
    closed += sg::isOnline() ? 0 : 1;
    reconnectIfClosed();
  }
  CHECK(pulses == 0);
  CHECK(closed > 0);
  stillObeys();
}

// Every packet type with any flags, lengths that lie, and plain noise.
static std::string noise() {
  const uint32_t size = nextRandom() % 40;
  std::string out(1, static_cast<char>(nextRandom()));
  const bool isHonest = nextRandom() % 2 == 0;
  out += static_cast<char>(isHonest ? size : nextRandom());
  for (uint32_t i = 0; i < size; i++) out += static_cast<char>(nextRandom() % 4 == 0 ? 0 : nextRandom());
  return out;
}

// In every phase of a connection, not only once it stands.
static void survivesNoise() {
  putDevice(kConfig);
  bootDevice();
  goOnline();
  countLines("");
  int pulses = 0;
  int closed = 0;
  for (int i = 0; i < 10000; i++) {
    deliver(noise());
    pulses += countLines(" pin 5 1");
    closed += sg::isOnline() ? 0 : 1;
    if (nextRandom() % 2 == 0) reconnectIfClosed();
  }
  CHECK(pulses == 0);
  CHECK(closed > 0);
  stillObeys();
}

// Somebody who may write to the topic, as fast as the loop turns: what the device has to say still goes out.
static void aFloodSilencesNobody() {
  putDevice(std::string(kConfig, sizeof kConfig - 2) + ",\"sensor\":{\"type\":\"dht22\",\"every_s\":2}}");
  bootDevice();
  goOnline();
  countLines("");
  const std::string packet = publishPacket(kTopic, "x", 1);
  int readings = 0;
  for (int i = 0; i < 1000; i++) {
    for (int more = 0; more < 12; more++) scripted.netIn += packet;
    runFor(10);
    readings += countLines(toHex("/tele", 5));
  }
  CHECK(readings == 5);
}

static void survivesMutatedCommands() {
  putDevice(kConfig);
  bootDevice();
  goOnline();
  countLines("");
  int answers = 0;
  for (int i = 0; i < 10000; i++) {
    const std::string json = mutate(commandBody(std::to_string(i), "led", "{\"on\":1}"));
    deliver(publishPacket(kTopic, signedCommand(json), static_cast<uint16_t>(1 + i % 60000)));
    int sent = 0;
    for (const std::string& line : scripted.lines) {
      if (line.find(toHex("/reply", 6)) != std::string::npos) sent++;
    }
    CHECK(sent <= 1);
    answers += sent;
    CHECK(countLines(" pin 5 1") == 0);
    reconnectIfClosed();
  }
  CHECK(answers > 100);
  stillObeys();
}

static void replayedTenThousandTimesItPulsesOnce() {
  putDevice(kConfig);
  bootDevice();
  goOnline();
  const std::string packet = publishPacket(kTopic, signedCommand(commandBody("once", "relay", "{}")), 9);
  countLines("");
  int pulses = 0;
  for (int i = 0; i < 10000; i++) {
    scripted.netIn += packet;
    runFor(20);
    pulses += countLines(" pin 5 1");
    reconnectIfClosed();
  }
  CHECK(pulses == 1);
}

static std::string withFlippedBit(std::string text) {
  const size_t at = nextRandom() % text.size();
  text[at] = static_cast<char>(text[at] ^ (1 << nextRandom() % 8));
  return text;
}

// Everything that somebody on the broker can keep: commands that were obeyed, and ones held back until they were late.
static std::vector<std::string> captureCommands() {
  std::vector<std::string> captured;
  for (int i = 0; i < 40; i++) {
    captured.push_back(signedCommand(commandBody("c" + std::to_string(i), "relay", "{}")));
    if (i % 4 == 0) {
      deliver(publishPacket(kTopic, captured.back(), static_cast<uint16_t>(1 + i)));
      runFor(15000);
    }
    reconnectIfClosed();
  }
  return captured;
}

// Also across starts of the device, whose memory of answers is gone then.
static void capturedCommandsNeverPulseAgain() {
  putDevice(kConfig);
  bootDevice();
  goOnline();
  countLines("");
  const std::vector<std::string> captured = captureCommands();
  CHECK(countLines(" pin 5 1") == 10);
  runFor(20000);
  countLines("");
  int pulses = 0;
  int starts = 0;
  for (int i = 0; i < 10000; i++) {
    std::string payload = captured[nextRandom() % captured.size()];
    if (nextRandom() % 2 == 0) payload = withFlippedBit(payload);
    scripted.netIn += publishPacket(kTopic, payload, static_cast<uint16_t>(1 + i % 60000));
    runFor(nextRandom() % 50 == 0 ? 3000 : 30);
    if (nextRandom() % 500 == 0) {
      starts++;
      scripted.unixAtMs = unixNow();
      scripted.nowMs = scripted.unixSetMs = 60;
      scripted.netIn.clear();
      bootDevice();
    }
    reconnectIfClosed();
    pulses += countLines(" pin 5 1");
  }
  CHECK(pulses == 0 && starts > 5);
  stillObeys();
}

static void neverMovesTheRelayAtStart() {
  putDevice(kConfig);
  bootDevice();
  goOnline();
  scripted.isGone = true;
  runFor(2000);
  goOnline();
  runFor(5000);
  int high = 0;
  for (const std::string& line : scripted.lines) high += line.find(" pin 5 1") != std::string::npos ? 1 : 0;
  CHECK(high == 0);
}

int main() {
  survivesMutatedPackets();
  survivesNoise();
  aFloodSilencesNobody();
  survivesMutatedCommands();
  replayedTenThousandTimesItPulsesOnce();
  capturedCommandsNeverPulseAgain();
  neverMovesTheRelayAtStart();
  printf("hostile broker: 10,000 mutated packets, 10,000 of noise, 10,000 mutated commands, 10,000 replays, 10,000 captured,\n"
         "delayed, reordered or bit-flipped commands: nothing moved that must not\n");
  return 0;
}
