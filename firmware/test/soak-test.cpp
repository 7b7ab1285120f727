// A day with everything that goes wrong: 24 hours of the device's time, faults at random, in seconds. It is back online
// within the backoff's bound after each, and nothing in it grows: it has no heap, so its buffers must come to rest.
#include <stdio.h>
#include <string.h>

#include "../src/core/device.h"
#include "test-device.h"

static const char kConfig[] =
    "{\"v\":1,\"project\":\"porch\",\"id\":\"porch-1\",\"wifi\":[{\"ssid\":\"home\",\"psk\":\"password1\"},"
    "{\"ssid\":\"garden\",\"psk\":\"\"}],\"mqtt\":{\"host\":\"broker.local\"},\"sensor\":{\"type\":\"dht22\"},"
    "\"relay\":{\"pin\":5,\"low\":false,\"pulse_ms\":500},\"ha\":\"homeassistant\"}";
static const uint64_t kDayMs = 24 * 3600 * 1000ull;
// Of one failed attempt: the wait before it (60 s) and the longest it may take to give up (30 s to open, 20 s to join);
// every network is tried before the wait.
static const uint64_t kBackOnlineMs = 60000 + 60000 + 2 * 20000 + 30000 + 10000;
static const uint64_t kKeepAliveMs = 30000;  // half the keep-alive until a ping, half for its answer
static const uint64_t kTurnMs = 1000;

// The world as the script has it now.
struct World {
  bool hasWifi = true, hasBroker = true, isSilent = false;
  std::string sent;  // by the device, not yet taken apart
};
static World world;
static uint64_t outages = 0, worstMs = 0, restarts = 0, packets = 0;

static void applyWorld() {
  scripted.wifi = world.hasWifi ? HalWifi{2, 0, -58, {192, 168, 1, 40}, 0} : HalWifi{3, 201, 0, {}, 201};
  scripted.net = world.hasBroker ? HalNet{4, 0, 0, 1480, 512, 0, 0} : HalNet{5, 501, 0, 0, 0, 0, 0};
}

static void answerPacket(uint8_t type, const std::string& body) {
  packets++;
  if (world.isSilent) return;
  if (type == 1) scripted.netIn += std::string("\x20\x02\x00\x00", 4);
  if (type == 8) scripted.netIn += std::string("\x90\x03", 2) + body.substr(0, 2) + '\x01';
  if (type == 12) scripted.netIn += std::string("\xd0\x00", 2);
  if (type == 3 && body.size() > 2) {
    const size_t topic = static_cast<uint8_t>(body[0]) * 256u + static_cast<uint8_t>(body[1]);
    if (body.compare(2 + topic - 6, 6, "status") == 0) scripted.netIn += std::string("\x40\x02", 2) + body.substr(2 + topic, 2);
  }
}

// What the broker makes of what came; whole packets only.
static void answer() {
  for (const std::string& line : scripted.lines) {
    const size_t out = line.find(" net out ");
    if (line.find(" net open ") != std::string::npos) world.sent.clear();
    if (out != std::string::npos) world.sent += fromHex(line.substr(out + 9));
    CHECK(line.find(" pin 5 1") == std::string::npos);
  }
  scripted.lines.clear();
  while (world.sent.size() >= 2) {
    size_t size = 0, at = 1;
    for (int shift = 0; at < world.sent.size(); shift += 7, at++) {
      size |= (static_cast<uint8_t>(world.sent[at]) & 127u) << shift;
      if ((world.sent[at] & 0x80) == 0) break;
    }
    if (world.sent.size() < at + 1 + size) return;
    answerPacket(static_cast<uint8_t>(world.sent[0]) >> 4, world.sent.substr(at + 1, size));
    world.sent.erase(0, at + 1 + size);
  }
}

static void turn(uint64_t ms) {
  for (uint64_t done = 0; done < ms; done += 100) {
    runFor(100);
    answer();
    if (!scripted.isRestarting) continue;
    restarts++;
    // The device's clock starts anew with it; the world's goes on.
    scripted.unixAtMs = scripted.unixAtMs == 0 ? 0 : unixNow();
    scripted.nowMs = 60;
    scripted.unixSetMs = 60;
    scripted.resetReason = HAL_RESET_SOFTWARE;
    world.sent.clear();
    bootDevice();
  }
}

static void fault() {
  switch (nextRandom() % 9) {
    case 0: world.hasWifi = false; break;
    case 1: world.hasBroker = false; scripted.isGone = true; break;
    case 2: scripted.isGone = true; break;
    case 3: world.isSilent = true; break;
    case 4: scripted.unixAtMs = 0; break;
    case 5: scripted.sensor.state = static_cast<int32_t>(nextRandom() % 3); break;
    case 6: scripted.netIn += mutate(publishPacket("signet/porch/porch-1/cmd", "c1.app.x", 3)); break;
    case 7: scripted.writeChunk = 1 + nextRandom() % 40; scripted.readChunk = 1 + nextRandom() % 40; break;
    default: scripted.mayWrite = !scripted.mayWrite; break;
  }
  applyWorld();
}

static void repair(uint64_t dayMs) {
  world.hasWifi = world.hasBroker = true;
  world.isSilent = false;
  scripted.sensor = HalReading{1, 215, 402};
  scripted.readChunk = scripted.writeChunk = 100000;
  scripted.mayWrite = true;
  scripted.unixAtMs = kStartUnixMs + dayMs;
  scripted.unixSetMs = scripted.nowMs;
  applyWorld();
}

static void comesBack() {
  uint64_t neededMs = 0;
  while (!sg::isOnline() || scripted.isGone) {
    turn(kTurnMs);
    neededMs += kTurnMs;
    CHECK(neededMs <= kBackOnlineMs);
  }
  if (neededMs > 0) outages++;
  if (neededMs > worstMs) worstMs = neededMs;
}

static bool isIdle() {
  const sg::MqttState& mqtt = sg::device.mqtt;
  return sg::isOnline() && mqtt.outSize == 0 && mqtt.inSize == mqtt.consumed && mqtt.skip == 0 && scripted.netIn.empty();
}

// A damaged packet may announce more than ever comes: the keep-alive ends the wait for it.
static void comesToRest() {
  for (uint64_t waitedMs = 0; !isIdle(); waitedMs += kTurnMs) {
    turn(kTurnMs);
    CHECK(waitedMs <= kKeepAliveMs + kBackOnlineMs);
  }
  CHECK(!sg::device.outputs.isPulsing && sg::device.outputs.zones == 0);
  CHECK(!sg::device.isSafe);
}

int main() {
  putDevice(kConfig);
  repair(0);
  bootDevice();
  comesBack();
  uint64_t dayMs = 0, faults = 0;
  while (dayMs < kDayMs) {
    const uint64_t quietMs = 30000 + nextRandom() % 240000;
    turn(quietMs);
    const uint64_t brokenMs = 1000 + nextRandom() % (nextRandom() % 10 == 0 ? 2000000 : 120000);
    for (uint32_t count = 1 + nextRandom() % 3; count > 0; count--, faults++) fault();
    turn(brokenMs);
    dayMs += quietMs + brokenMs;
    repair(dayMs);
    comesBack();
    comesToRest();
  }
  CHECK(outages > 50 && restarts > 0);
  printf("soak: 24 hours, %llu faults, %llu outages, %llu restarts, %llu packets; back after %llu s at the latest\n",
         static_cast<unsigned long long>(faults), static_cast<unsigned long long>(outages),
         static_cast<unsigned long long>(restarts), static_cast<unsigned long long>(packets),
         static_cast<unsigned long long>(worstMs / 1000));
  return 0;
}
