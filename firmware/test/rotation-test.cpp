// A rotation from the first command to the last, with the power cut at every write on the way: what boots is the old
// credentials or the new ones, whole, and the way to the broker is never lost.
#include <bearssl.h>
#include <stdio.h>
#include <string.h>

#include "../src/core/certificate-dates.h"
#include "../src/core/device.h"
#include "rotation-driver.h"
#include "test-device.h"

static const char kConfig[] =
    "{\"v\":1,\"project\":\"porch\",\"id\":\"porch-1\",\"wifi\":[{\"ssid\":\"home\",\"psk\":\"password1\"}],"
    "\"mqtt\":{\"host\":\"broker.local\"},\"relay\":{\"pin\":5,\"low\":false,\"pulse_ms\":500}}";
static const std::string kNewConfig = std::string(kConfig, sizeof kConfig - 2) + ",\"ha\":\"" + std::string(20, 'h') + "\"}";

static void tryIt(const std::string& gen) { give("slot.try", "{\"gen\":\"" + gen + "\",\"wait_s\":60}"); }

static void start() {
  putDevice(kConfig);
  scripted.files["/sel"] = "1 a - 0\n";
  bootDevice();
  goOnline();
}

static void bootAgain(int32_t reason) {
  scripted.resetReason = reason;
  scripted.netIn.clear();
  scripted.unixAtMs = 0;
  scripted.net = HalNet{};
  scripted.wifi = HalWifi{};
  scripted.nowMs = 60;
  bootDevice();
}

// A whole rotation. Ends at whatever the power cut leaves.
static std::string rotate() {
  const std::string request = fetchRequest();
  CHECK(!request.empty());
  const std::string certificate = certify(request, std::string(700, 'p'));
  CHECK(putFile("crt", certificate, 400));
  CHECK(putFile("ca", "other authority", 1024));
  CHECK(putFile("cfg", kNewConfig, 100));
  CHECK(putFile("mac", "app " + toHex(kAppKey.data(), 32) + " *\nnodered " + toHex(kAppKey.data(), 32) + " led\n", 1024));
  const std::string gen = generation(kNewConfig, "other authority", certificate);
  tryIt(gen);
  CHECK(isOk());
  runFor(3000);
  CHECK(scripted.isRestarting);
  bootAgain(HAL_RESET_SOFTWARE);
  CHECK(sg::device.slot.isTrial && sg::device.slot.name == 'b');
  goOnline();
  give("slot.keep", "{\"gen\":\"" + gen + "\"}");
  CHECK(isOk());
  return gen;
}

static void keepsWhatConnects() {
  start();
  const std::string before = scripted.files["/a.key"];
  const std::string gen = rotate();
  CHECK(!sg::device.slot.isTrial);
  CHECK(scripted.files["/sel"] == "1 b - 0\n");
  bootAgain(HAL_RESET_POWER);
  CHECK(sg::device.slot.name == 'b' && std::string(sg::device.slot.gen, 8) == gen && !sg::device.slot.isTrial);
  CHECK(sg::device.slot.keyCount == 2);
  CHECK(scripted.files["/a.key"] == before);
  const uint8_t* point = sg::certificatePoint(sg::device.slot.certificate(), sg::device.slot.certificateSize);
  CHECK(point != nullptr && memcmp(point, sg::device.slot.key() + 56, 65) == 0);
  // And the other way round, from b to a.
  goOnline();
  const std::string request = fetchRequest();
  CHECK(putFile("crt", certify(request, "back"), 1024));
  tryIt(generation(kNewConfig, "other authority", certify(request, "back")));
  CHECK(isOk());
  CHECK(scripted.files["/sel"] == "1 b a 3 60\n");
}

static void theRequestIsSignedByTheNewKey() {
  start();
  const std::string request = fetchRequest();
  const std::string key = scripted.files["/b.key"];
  CHECK(key.size() == 121);
  br_skey_decoder_context decoder;
  br_skey_decoder_init(&decoder);
  br_skey_decoder_push(&decoder, key.data(), key.size());
  CHECK(br_skey_decoder_last_error(&decoder) == 0 && br_skey_decoder_key_type(&decoder) == BR_KEYTYPE_EC);
  CHECK(request.find("porch-1") != std::string::npos);
  // SEQUENCE { info, algorithm, BIT STRING }: the info is everything between the outer header and the algorithm.
  const std::string algorithm = fromHex("300a06082a8648ce3d040302");
  const size_t end = request.find(algorithm);
  const size_t from = static_cast<uint8_t>(request[1]) == 0x81 ? 3 : 2;
  const std::string digest = hash("", request.substr(from, end - from));
  const size_t bits = end + algorithm.size() + 3;
  br_ec_public_key pub{BR_EC_secp256r1, reinterpret_cast<unsigned char*>(const_cast<char*>(key.data())) + 56, 65};
  CHECK(br_ecdsa_i15_vrfy_asn1(&br_ec_all_m15, digest.data(), 32, &pub, request.data() + bits, request.size() - bits) == 1);
  // The same seed once more: the machine's own randomness makes it another key.
  fetchRequest();
  CHECK(scripted.files["/b.key"] != key);
}

static void refusesWhatIsDamaged() {
  start();
  const std::string request = fetchRequest();
  const std::string other = certify(request, "x");
  const std::string sha = toHex(hash("", other).data(), 32);
  give("slot.put", "{\"f\":\"key\",\"i\":0,\"of\":1,\"sha\":\"" + sha + "\",\"b64\":\"AAAA\"}");
  CHECK(isCode(610));
  give("slot.put", "{\"f\":\"crt\",\"i\":1,\"of\":2,\"sha\":\"" + sha + "\",\"b64\":\"AAAA\"}");
  CHECK(isCode(703));
  give("slot.put", "{\"f\":\"crt\",\"i\":0,\"of\":1,\"sha\":\"" + sha + "\",\"b64\":\"AAAA\"}");
  CHECK(isCode(703));
  give("slot.put", "{\"f\":\"cfg\",\"i\":0,\"of\":1,\"sha\":\"" + sha + "\",\"b64\":\"" + base64(std::string(60, 'c')) + "\"}");
  CHECK(isCode(703));
  // A certificate for another key.
  std::string foreign = other;
  foreign[foreign.size() - 3] = static_cast<char>(foreign[foreign.size() - 3] ^ 1);
  CHECK(putFile("crt", foreign, 1024));
  tryIt(generation(kConfig, "authority", foreign));
  CHECK(isCode(702));
  CHECK(putFile("crt", other, 1024));
  tryIt("00000000");
  CHECK(isCode(703));
  CHECK(scripted.files["/sel"] == "1 a - 0\n");
  scripted.mayWrite = false;
  tryIt(generation(kConfig, "authority", other));
  CHECK(isCode(701));
  scripted.mayWrite = true;
  CHECK(scripted.files["/sel"] == "1 a - 0\n");
}

static void isNeverObeyedUnsigned() {
  start();
  const std::map<std::string, std::string> before = scripted.files;
  for (const char* command : {"key.new", "key.csr", "slot.put", "slot.try", "slot.keep"}) {
    const std::string json = "{\"i\":\"aaaaaaaaaaaaaaaaaaaaaa\",\"n\":\"" + nonceOfBoot() + "\",\"ts\":" +
                             std::to_string(unixNow()) + ",\"ttl\":10000,\"c\":\"" + command + "\",\"a\":{}}";
    scripted.netIn += publishPacket(kTopic, json, 5) + publishPacket(kTopic, "c1.app." + std::string(64, '0') + "." + json, 6);
    runFor(100);
  }
  CHECK(scripted.files == before);
  CHECK(sg::device.commands.refused == 10);
}

static std::string stage() {
  const std::string request = fetchRequest();
  const std::string certificate = certify(request, "q");
  CHECK(putFile("crt", certificate, 1024));
  tryIt(generation(kConfig, "authority", certificate));
  CHECK(isOk());
  runFor(3000);
  CHECK(scripted.isRestarting);
  return certificate;
}

static void goesBackWhenNothingConnects() {
  start();
  stage();
  int boots = 0;
  for (; boots < 10; boots++) {
    bootAgain(HAL_RESET_SOFTWARE);
    if (!sg::device.slot.isTrial) break;
    runFor(10000000);
    CHECK(scripted.isRestarting);
  }
  CHECK(boots == 3);
  CHECK(sg::device.slot.name == 'a' && sg::device.slot.isTrialOver);
  CHECK(scripted.files["/sel"] == "1 a - 0\n");
  goOnline();
}

static void goesBackWhenNobodyKeeps() {
  start();
  stage();
  bootAgain(HAL_RESET_SOFTWARE);
  goOnline();
  CHECK(sg::device.slot.isTrial);
  give("key.new", "{\"seed\":\"" + std::string(64, '5') + "\"}");
  CHECK(isCode(609));  // it would overwrite the credentials to go back to
  give("slot.keep", "{\"gen\":\"00000000\"}");
  CHECK(isCode(702));
  for (int i = 0; i < 70 && !scripted.isRestarting; i++) {
    scripted.netIn += std::string("\xd0\x00", 2);
    runFor(1000);
  }
  CHECK(scripted.isRestarting);
  bootAgain(HAL_RESET_SOFTWARE);
  CHECK(sg::device.slot.name == 'a' && !sg::device.slot.isTrial);
}

// The core's own walk through the files says whether old or new is whole; nothing else may come up.
static void checkWholeAfterCut(const std::string& oldGen) {
  for (int boots = 0; boots < 5; boots++) {
    bootAgain(boots == 0 ? HAL_RESET_POWER : HAL_RESET_SOFTWARE);
    CHECK(!sg::device.isSafe);
    const bool isOld = std::string(sg::device.slot.gen, 8) == oldGen && sg::device.slot.name == 'a';
    const bool isNew = sg::device.slot.name == 'b' && sg::device.config.discovery.size == 20 && sg::device.slot.keyCount == 2;
    CHECK(isOld || isNew);
    if (isNew) {
      const uint8_t* point = sg::certificatePoint(sg::device.slot.certificate(), sg::device.slot.certificateSize);
      CHECK(point != nullptr && memcmp(point, sg::device.slot.key() + 56, 65) == 0);
    }
    goOnline();
    if (!sg::device.slot.isTrial) return;
    for (int i = 0; i < 70 && !scripted.isRestarting; i++) {
      scripted.netIn += std::string("\xd0\x00", 2);
      runFor(1000);
    }
  }
  CHECK(false);
}

static int cutAtEveryWrite(bool isCutAfter) {
  for (int at = 0;; at++) {
    start();
    const std::string oldGen(sg::device.slot.gen, 8);
    scripted.writesLeft = at;
    scripted.isCutAfter = isCutAfter;
    try {
      rotate();
      CHECK(scripted.writesLeft >= 0);
      return at;
    } catch (const PowerCut&) {
      scripted.writesLeft = -1;
      scripted.isCutAfter = false;
      checkWholeAfterCut(oldGen);
    }
  }
}

int main() {
  theRequestIsSignedByTheNewKey();
  keepsWhatConnects();
  refusesWhatIsDamaged();
  isNeverObeyedUnsigned();
  goesBackWhenNothingConnects();
  goesBackWhenNobodyKeeps();
  const int before = cutAtEveryWrite(false);
  const int after = cutAtEveryWrite(true);
  CHECK(before == after && before > 10);
  printf("rotation: %d writes, the power cut before and after each: old or new credentials, whole, every time\n", before);
  return 0;
}
