#include "test-device.h"

#include <bearssl.h>
#include <stdio.h>
#include <stdlib.h>

#include "../src/core/device.h"
#include "../src/core/signet.h"

static const std::string kKey(32, 'k');

void checkThat(bool holds, const char* condition, const char* file, int line) {
  if (holds) return;
  fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
  exit(1);
}

static std::string withLength(const std::string& part) {
  std::string out;
  for (int i = 0; i < 4; i++) out += static_cast<char>(part.size() >> (8 * i));
  return out + part;
}

static std::string sha256(const std::string& bytes) {
  std::string out(32, '\0');
  hal_hash_begin(nullptr, 0);
  hal_hash_add(reinterpret_cast<const uint8_t*>(bytes.data()), static_cast<uint32_t>(bytes.size()));
  hal_hash_end(reinterpret_cast<uint8_t*>(&out[0]));
  return out;
}

void putDevice(const std::string& config) {
  scripted = ScriptedHal{};
  std::map<std::string, std::string>& files = scripted.files;
  files["/a.cfg"] = config;
  files["/a.ca"] = "authority";
  files["/a.crt"] = "certificate";
  files["/a.key"] = "key";
  files["/a.mac"] = "app " + toHex(kKey.data(), kKey.size()) + " *\n";
  std::string all;
  for (const char* kind : {"cfg", "ca", "crt", "key", "mac"}) all += withLength(files[std::string("/a.") + kind]);
  files["/a.ok"] = sha256(all);
  files["/clk"] = "1790000000\n";
}

void bootDevice() {
  scripted.isRestarting = false;
  sg_setup();
}

void goOnline() {
  scripted.wifi = HalWifi{2, 0, -58, {192, 168, 1, 40}, 0};
  if (scripted.unixAtMs == 0) {
    scripted.unixAtMs = kStartUnixMs;
    scripted.unixSetMs = scripted.nowMs;
  }
  scripted.net = HalNet{4, 0, 0, 1480, 512, 0, 0};
  scripted.isGone = false;
  for (int tries = 0; tries < 2000 && !sg::isOnline(); tries++) {
    runFor(50);
    if (sg::device.link.phase == sg::LinkPhase::LoggingIn) scripted.netIn = std::string("\x20\x02\x00\x00", 4);
    if (sg::device.link.phase == sg::LinkPhase::Subscribing) {
      const uint16_t id = sg::device.mqtt.subscribeId;
      scripted.netIn = std::string("\x90\x03", 2) + static_cast<char>(id >> 8) + static_cast<char>(id & 255) + '\x01';
    }
  }
  CHECK(sg::isOnline());
}

static std::string u16(size_t value) { return {static_cast<char>(value >> 8), static_cast<char>(value & 255)}; }

std::string publishPacket(const std::string& topic, const std::string& payload, uint16_t id) {
  const std::string body = u16(topic.size()) + topic + u16(id) + payload;
  std::string length;
  size_t rest = body.size();
  do {
    const size_t part = rest % 128;
    rest /= 128;
    length += static_cast<char>(part | (rest > 0 ? 128 : 0));
  } while (rest > 0);
  return '\x32' + length + body;
}

std::string signedCommand(const std::string& json) {
  const std::string text = "signet-c1\nsignet/porch/porch-1/cmd\n" + json;
  uint8_t mac[32];
  hal_hash_begin(reinterpret_cast<const uint8_t*>(kKey.data()), 32);
  hal_hash_add(reinterpret_cast<const uint8_t*>(text.data()), static_cast<uint32_t>(text.size()));
  hal_hash_end(mac);
  return "c1.app." + toHex(mac, 32) + "." + json;
}

std::string nonceOfBoot() { return std::string(sg::device.nonce, 16); }
uint64_t unixNow() { return scripted.unixAtMs + scripted.nowMs - scripted.unixSetMs; }

int countLines(const std::string& text) {
  int count = 0;
  for (const std::string& line : scripted.lines) {
    if (line.find(text) != std::string::npos) count++;
  }
  scripted.lines.clear();
  return count;
}

static uint32_t randomState = 20261121;

uint32_t nextRandom() {
  randomState ^= randomState << 13;
  randomState ^= randomState >> 17;
  randomState ^= randomState << 5;
  return randomState;
}

std::string mutate(const std::string& original) {
  std::string out = original;
  const uint32_t changes = 1 + nextRandom() % 4;
  for (uint32_t i = 0; i < changes; i++) {
    const size_t at = out.empty() ? 0 : nextRandom() % out.size();
    switch (nextRandom() % 5) {
      case 0: out.insert(at, 1, static_cast<char>(nextRandom())); break;
      case 1: if (!out.empty()) out.erase(at, 1 + nextRandom() % 4); break;
      case 2: if (!out.empty()) out[at] = static_cast<char>(out[at] ^ (1 << nextRandom() % 8)); break;
      case 3: if (!out.empty()) out[at] = static_cast<char>(nextRandom()); break;
      default: out.insert(at, out.substr(at, nextRandom() % 20)); break;
    }
  }
  return out;
}
