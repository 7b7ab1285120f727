// One attack after the other: old and misdirected commands, a rotation that is broken off, settings that nobody sane
// wrote, a broker that does what the protocol forbids.
#include <stdio.h>

#include "../src/core/device.h"
#include "rotation-driver.h"
#include "test-device.h"

static const char kConfig[] =
    "{\"v\":1,\"project\":\"porch\",\"id\":\"porch-1\",\"wifi\":[{\"ssid\":\"home\",\"psk\":\"password1\"},{\"ssid_hex\":\"6261726e\",\"psk\":\"\"}],"
    "\"mqtt\":{\"host\":\"broker.local\",\"port\":8883,\"client\":\"porch-1\",\"user\":\"u\",\"pass\":\"p\",\"keep_s\":30},"
    "\"tls\":{\"mode\":\"ca\",\"pin\":\"\",\"frag\":512},\"time\":{\"ntp\":[\"pool.ntp.org\",\"0.pool.ntp.org\"],\"tz\":\"UTC0\"},"
    "\"form\":{\"kind\":\"signet\",\"base\":\"\"},\"sensor\":{\"type\":\"dht22\",\"pin\":4,\"every_s\":10,\"unit\":\"C\"},"
    "\"led\":{\"pin\":2,\"low\":true},\"pixel\":{\"pin\":0,\"order\":\"GRB\",\"at\":[0,100,250,300]},"
    "\"relay\":{\"pin\":5,\"low\":false,\"pulse_ms\":500},\"spi\":{\"ss\":16,\"invert\":true},\"ha\":\"homeassistant\","
    "\"baud\":115200,\"unsigned\":[\"led\"]}";
static const std::string kOtherTopic = "signet/porch/porch-2/cmd";
static const uint64_t kHourMs = 3600000;

static std::string body(const std::string& id, const std::string& command) {
  return "{\"i\":\"" + id + std::string(22 - id.size(), '-') + "\",\"n\":\"" + nonceOfBoot() +
         "\",\"ts\":" + std::to_string(unixNow()) + ",\"ttl\":10000,\"c\":\"" + command + "\",\"a\":{}}";
}

static std::string signedFor(const std::string& topic, const std::string& json) {
  return "c1.app." + toHex(hash(kAppKey, "signet-c1\n" + topic + "\n" + json).data(), 32) + "." + json;
}

static void start() {
  putDevice(kConfig);
  scripted.sensor = HalReading{1, 215, 402};
  bootDevice();
  goOnline();
  runFor(2000);
  countLines("");
}

static int pulses() { return countLines(" pin 5 1"); }

static void deliver(const std::string& bytes) {
  scripted.netIn += bytes;
  runFor(200);
}

static void stayOnline(uint64_t ms) {
  for (const uint64_t end = scripted.nowMs + ms; scripted.nowMs < end;) {
    runFor(5000);
    if (!sg::isOnline()) goOnline();
  }
}

static void anHourOldItDoesNothing() {
  start();
  const std::string held = publishPacket(kTopic, signedFor(kTopic, body("held", "relay")), 7);
  stayOnline(kHourMs);
  deliver(held);
  CHECK(pulses() == 0);
  // After a restart, which it was not made for, at the very time that it names.
  scripted.unixAtMs = unixNow() - kHourMs;
  scripted.nowMs = scripted.unixSetMs = 60;
  scripted.netIn.clear();
  bootDevice();
  goOnline();
  deliver(held);
  CHECK(pulses() == 0);
  deliver(publishPacket(kTopic, signedFor(kTopic, body("fresh", "relay")), 8));
  CHECK(pulses() == 1);
}

static void madeForAnotherDeviceItDoesNothing() {
  start();
  const std::string json = body("other", "relay");
  deliver(publishPacket(kTopic, signedFor(kOtherTopic, json), 7));
  CHECK(sg::device.commands.refused == 1);
  deliver(publishPacket(kOtherTopic, signedFor(kTopic, json), 8));
  deliver(publishPacket(kOtherTopic, signedFor(kOtherTopic, json), 9));
  CHECK(pulses() == 0 && sg::isOnline());
}

static bool put(const std::string& content, int i, int of) {
  const size_t size = content.size() / static_cast<size_t>(of);
  const std::string part = content.substr(static_cast<size_t>(i) * size, i + 1 == of ? std::string::npos : size);
  give("slot.put", "{\"f\":\"crt\",\"i\":" + std::to_string(i) + ",\"of\":" + std::to_string(of) + ",\"sha\":\"" +
                       toHex(hash("", content).data(), 32) + "\",\"b64\":\"" + base64(part) + "\"}");
  return isOk();
}

static void brokenOffBetweenPartsTheOldStaysWhole() {
  start();
  const std::string before = scripted.files["/a.crt"];
  const std::string certificate = certify(fetchRequest(), std::string(600, 'p'));
  CHECK(put(certificate, 0, 3));
  // The connection goes: the next part goes on where it was.
  scripted.isGone = true;
  runFor(500);
  goOnline();
  CHECK(put(certificate, 1, 3));
  // The power goes: the last part alone is nothing, and what is there is never tried.
  scripted.nowMs = scripted.unixSetMs = 60;
  bootDevice();
  goOnline();
  CHECK(!put(certificate, 2, 3) && isCode(703));
  give("slot.try", "{\"gen\":\"" + generation(kConfig, "authority", certificate) + "\",\"wait_s\":60}");
  CHECK(isCode(703));
  runFor(3000);
  CHECK(!scripted.isRestarting && scripted.files["/a.crt"] == before && scripted.files.count("/sel") == 0);
  // Somebody begins anew between two parts: what came before is forgotten.
  const std::string second = certify(fetchRequest(), std::string(600, 'q'));
  CHECK(put(second, 0, 3));
  fetchRequest();
  CHECK(!put(second, 1, 3) && isCode(703));
  const std::string third = certify(fetchRequest(), std::string(600, 'r'));
  for (int i = 0; i < 3; i++) CHECK(put(third, i, 3));
  give("slot.try", "{\"gen\":\"" + generation(kConfig, "authority", third) + "\",\"wait_s\":60}");
  CHECK(isOk());
}

// Boots with these settings; whatever they are, the console lives and says what it thinks of them.
static bool isTaken(const std::string& config) {
  putDevice(config);
  bootDevice();
  scripted.serialIn = "info\n";
  runFor(200);
  CHECK(sg::device.isSafe == (sg::device.configReport.code != 0 || sg::device.slot.name == 0));
  CHECK(countLines(toHex(sg::device.isSafe ? " cfg fail e=" : " cfg ok slot=a", 12)) == 2);
  return !sg::device.isSafe;
}

static void settingsThatAreTooLargeOrNoJson() {
  CHECK(isTaken(kConfig));
  const std::string padding(2048 - (sizeof kConfig - 1), ' ');
  CHECK(isTaken(kConfig + padding));
  for (const std::string& config : {kConfig + padding + " ", kConfig + std::string(65536, ' '), std::string(65536, '['), std::string()}) {
    CHECK(!isTaken(config));
  }
  std::string nested;
  for (int i = 0; i < 300; i++) nested += "{\"v\":";
  for (const std::string& config : {nested, std::string(2048, '['), std::string(2000, '{'), std::string("{\"v\":1,\"project\":\"porch"),
                                    std::string("{\"v\":1,\"project\":\"porch\\"), std::string("{\"v\":1,\"project\":\"\\ud8"),
                                    std::string("\xef\xbb\xbf") + kConfig, std::string(1000, '\0')}) {
    CHECK(!isTaken(config) && sg::device.configReport.code == 102);
  }
  const std::string whole(kConfig);
  for (size_t size = 0; size < whole.size(); size++) CHECK(!isTaken(whole.substr(0, size)));
}

static size_t endOfValue(const std::string& text, size_t at) {
  int depth = 0;
  bool isText = false;
  for (;; at++) {
    const char c = text[at];
    if (c == '"') isText = !isText;
    if (isText) continue;
    if (depth == 0 && (c == ',' || c == '}' || c == ']')) return at;
    if (c == '{' || c == '[') depth++;
    if (c == '}' || c == ']') depth--;
  }
}

// Every value of the settings in turn, by everything that a value can be.
static int everyValueOfAnyType() {
  const std::string whole(kConfig);
  const std::string long256(256, 'x'), long257(257, 'x');
  int tried = 0;
  for (size_t at = 0; at < whole.size(); at++) {
    const bool isValue = whole[at] == ':' || (whole[at] == '[' && whole[at + 1] != '{');
    if (!isValue || whole[at + 1] == ' ') continue;
    const size_t end = endOfValue(whole, at + 1);
    for (const std::string& value :
         {std::string("null"), std::string("true"), std::string("false"), std::string("0"), std::string("-1"), std::string("1"),
          std::string("1.5"), std::string("4294967296"), std::string("9007199254740992"), std::string("9007199254740993"),
          std::string("\"\""), std::string("\"0\""), std::string("\"\\u0000\""), std::string("\"a\\nb\""), "\"" + long256 + "\"",
          "\"" + long257 + "\"", std::string("[]"), std::string("{}"), std::string("[1,2,3,4,5,6,7,8,9]"), std::string("{\"a\":{\"b\":{}}}"),
          std::string("[[[[[[]]]]]]")}) {
      isTaken(whole.substr(0, at + 1) + value + whole.substr(end));
      tried++;
    }
  }
  return tried;
}

static bool isDropped(const std::string& bytes) {
  if (!sg::isOnline()) goOnline();
  deliver(bytes);
  return !sg::isOnline();
}

static std::string framed(char first, const std::string& body) {
  return std::string(1, first) + static_cast<char>(body.size()) + body;
}

static void aBrokerThatDoesWhatItMustNot() {
  start();
  const std::string good = signedFor(kTopic, body("good", "relay"));
  std::string packet = publishPacket(kTopic, good, 5);
  for (const char first : {'\x34', '\x35', '\x36', '\x3c'}) {  // QoS 2 and 3, retained, repeated
    packet[0] = first;
    CHECK(isDropped(packet));
  }
  CHECK(isDropped(publishPacket(kTopic, good, 0)));
  for (const std::string& bytes :
       {framed('\x10', "\0\4MQTT"), framed('\x50', "ab"), framed('\x62', "ab"), framed('\x70', "ab"), framed('\x82', "ab"),
        framed('\x20', std::string("\0\0", 2)), framed('\x90', std::string("\0\1\1", 3)), framed('\xc0', ""), framed('\xd0', "x"),
        framed('\xe0', ""), framed('\xf0', ""), framed('\x00', ""), std::string("\x30\xff\xff\xff\xff\x01"), framed('\x30', "\x01")}) {
    CHECK(isDropped(bytes));
  }
  CHECK(pulses() == 0);
  // A topic of 300 characters, in a whole packet and in one that is too large to be looked at.
  const uint32_t refused = sg::device.commands.refused;
  CHECK(!isDropped(publishPacket(std::string(300, 't'), good, 6)));
  CHECK(!isDropped(publishPacket(std::string(300, 't'), std::string(4000, 'p'), 7)));
  CHECK(!isDropped(publishPacket(kTopic + std::string(300 - kTopic.size(), 't'), good, 8)));
  CHECK(isDropped(publishPacket(std::string(4000, 't'), good, 9)));
  CHECK(sg::device.commands.refused == refused + 2);
  // Retained, though rightly signed and fresh.
  goOnline();
  const std::string fresh = signedFor(kTopic, body("fresh", "relay"));
  packet = publishPacket(kTopic, fresh, 10);
  packet[0] = '\x33';
  CHECK(!isDropped(packet) && pulses() == 0 && sg::device.commands.refused == refused + 3);
  CHECK(!isDropped(publishPacket(kTopic, fresh, 11)) && pulses() == 1);
}

// A broker that takes the login and refuses the commands: readings go on, and the device does not hammer at it.
static void aRefusedSubscriptionIsNoEnd() {
  start();
  scripted.isGone = true;
  runFor(200);
  scripted.isGone = false;
  for (int i = 0; i < 200 && sg::device.link.phase != sg::LinkPhase::LoggingIn; i++) runFor(50);
  deliver(std::string("\x20\x02\x00\x00", 4));
  const uint16_t id = sg::device.mqtt.subscribeId;
  deliver(std::string("\x90\x03", 2) + static_cast<char>(id >> 8) + static_cast<char>(id & 255) + '\x80');
  CHECK(sg::isOnline());
  countLines("");
  runFor(12000);
  int readings = 0, opened = 0;
  for (const std::string& line : scripted.lines) {
    readings += line.find(toHex("/tele", 5)) != std::string::npos ? 1 : 0;
    opened += line.find(" net open ") != std::string::npos ? 1 : 0;
  }
  CHECK(readings >= 1 && opened == 0);
}

int main() {
  anHourOldItDoesNothing();
  madeForAnotherDeviceItDoesNothing();
  brokenOffBetweenPartsTheOldStaysWhole();
  settingsThatAreTooLargeOrNoJson();
  const int tried = everyValueOfAnyType();
  CHECK(tried > 800);
  aBrokerThatDoesWhatItMustNot();
  aRefusedSubscriptionIsNoEnd();
  printf("attacks: old and misdirected commands, a rotation broken off, settings of 64 KB and %d with a value of another kind,\n"
         "a broker against the protocol: nothing moved, nothing was lost\n", tried);
  return 0;
}
