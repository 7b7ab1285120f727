// A rotation from the first command to the last, with the power cut at every write on the way: what boots is the old
// credentials or the new ones, whole, and the way to the broker is never lost.
#include <bearssl.h>
#include <stdio.h>
#include <string.h>

#include "../src/core/base64.h"
#include "../src/core/certificate-dates.h"
#include "../src/core/device.h"
#include "test-device.h"

static const char kConfig[] =
    "{\"v\":1,\"project\":\"porch\",\"id\":\"porch-1\",\"wifi\":[{\"ssid\":\"home\",\"psk\":\"password1\"}],"
    "\"mqtt\":{\"host\":\"broker.local\"},\"relay\":{\"pin\":5,\"low\":false,\"pulse_ms\":500}}";
static const std::string kNewConfig = std::string(kConfig, sizeof kConfig - 2) + ",\"ha\":\"" + std::string(20, 'h') + "\"}";
static const std::string kTopic = "signet/porch/porch-1/cmd";
static int serial = 0;

static std::string reply;

// Sends a signed command and returns the answer's JSON; empty when none came.
static std::string give(const std::string& command, const std::string& arguments) {
  const std::string id = "r" + std::to_string(serial++);
  scripted.lines.clear();
  const std::string json = "{\"i\":\"" + id + std::string(22 - id.size(), '-') + "\",\"n\":\"" + nonceOfBoot() +
                           "\",\"ts\":" + std::to_string(unixNow()) + ",\"ttl\":10000,\"c\":\"" + command +
                           "\",\"a\":" + arguments + "}";
  const std::string payload = signedCommand(json);
  CHECK(payload.size() <= 2048);
  scripted.netIn += publishPacket(kTopic, payload, static_cast<uint16_t>(1 + serial % 60000));
  std::string sent;
  runFor(60);
  for (const std::string& line : scripted.lines) {
    const size_t at = line.find(" net out ");
    if (at != std::string::npos) sent += fromHex(line.substr(at + 9));
  }
  const size_t at = sent.find("{\"i\":\"" + id + "-");
  reply = at == std::string::npos ? "" : sent.substr(at, sent.find("}", sent.find("\"last\"", at)) + 1 - at);
  return reply;
}

static bool isOk() { return reply.find("\"ok\":1") != std::string::npos; }
static bool isCode(int code) { return reply.find("\"e\":" + std::to_string(code) + ",") != std::string::npos; }

static std::string valueOf(const std::string& key) {
  const size_t at = reply.find("\"" + key + "\":\"");
  CHECK(at != std::string::npos);
  const size_t from = at + key.size() + 4;
  return reply.substr(from, reply.find('"', from) - from);
}

static std::string base64(const std::string& bytes) {
  char out[1600];
  sg::Text text(out, sizeof out);
  sg::addBase64(&text, reinterpret_cast<const uint8_t*>(bytes.data()), static_cast<uint32_t>(bytes.size()));
  return std::string(out, text.size());
}

static std::string hash(const std::string& key, const std::string& bytes) {
  uint8_t out[32];
  hal_hash_begin(reinterpret_cast<const uint8_t*>(key.data()), static_cast<uint32_t>(key.size()));
  hal_hash_add(reinterpret_cast<const uint8_t*>(bytes.data()), static_cast<uint32_t>(bytes.size()));
  hal_hash_end(out);
  return std::string(reinterpret_cast<char*>(out), 32);
}

// RFC 5869 by BearSSL, as another voice than the core's.
static std::string sealKeyOf(const std::string& key) {
  br_hkdf_context hkdf;
  uint8_t out[32];
  br_hkdf_init(&hkdf, &br_sha256_vtable, BR_HKDF_NO_SALT, 0);
  br_hkdf_inject(&hkdf, key.data(), key.size());
  br_hkdf_flip(&hkdf);
  br_hkdf_produce(&hkdf, "signet-seal-1", 13, out, sizeof out);
  return std::string(reinterpret_cast<char*>(out), sizeof out);
}

static const std::string kAppKey(32, 'k');

static std::string sealed(const std::string& part, const std::string& label) {
  const std::string nonce(12, static_cast<char>(serial));
  std::string data = part + std::string(16, '\0');
  br_aes_ct_ctr_keys cipher;
  br_gcm_context gcm;
  br_aes_ct_ctr_init(&cipher, sealKeyOf(kAppKey).data(), 32);
  br_gcm_init(&gcm, &cipher.vtable, br_ghash_ctmul32);
  br_gcm_reset(&gcm, nonce.data(), 12);
  br_gcm_aad_inject(&gcm, label.data(), label.size());
  br_gcm_flip(&gcm);
  br_gcm_run(&gcm, 1, &data[0], part.size());
  br_gcm_get_tag(&gcm, &data[part.size()]);
  return nonce + data;
}

static bool putFile(const std::string& file, const std::string& content, size_t partSize) {
  const bool isSecret = file == "cfg" || file == "mac";
  const std::string sha = hash(isSecret ? sealKeyOf(kAppKey) : "", content);
  const size_t of = (content.size() + partSize - 1) / partSize;
  for (size_t i = 0; i < of; i++) {
    const std::string place = file + "\n" + std::to_string(i) + "\n" + std::to_string(of);
    std::string part = content.substr(i * partSize, partSize);
    if (isSecret) part = sealed(part, "signet-seal-1\n" + kTopic + "\n" + place);
    give("slot.put", "{\"f\":\"" + file + "\",\"i\":" + std::to_string(i) + ",\"of\":" + std::to_string(of) +
                         ",\"sha\":\"" + toHex(sha.data(), 32) + "\",\"b64\":\"" + base64(part) + "\"}");
    if (!isOk()) return false;
  }
  return true;
}

static std::string der(char tag, const std::string& content) {
  std::string length(1, static_cast<char>(content.size()));
  if (content.size() > 127) length = "\x81" + length;
  if (content.size() > 255) length = std::string("\x82") + static_cast<char>(content.size() >> 8) + static_cast<char>(content.size());
  return tag + length + content;
}

// What an authority would make of the request, as far as the core looks at it.
static std::string certify(const std::string& request, const std::string& padding) {
  const std::string prefix(reinterpret_cast<const char*>(sg::kPointPrefix), 26);
  const size_t at = request.find(prefix);
  CHECK(at != std::string::npos);
  const std::string key = request.substr(at, 26 + 65);
  const std::string times = der(0x17, "260101000000Z") + der(0x17, "290101000000Z");
  const std::string body = fromHex("a003020102020101") + der(0x30, "") + der(0x30, padding) + der(0x30, times) + der(0x30, "") + key;
  return der(0x30, der(0x30, body));
}

static std::string fetchRequest() {
  const std::string text = "{\"seed\":\"" + std::string(64, '5') + "\"}";
  give("key.new", text);
  if (!isOk()) return "";
  const size_t at = reply.find("\"of\":");
  CHECK(at != std::string::npos);
  const int of = std::stoi(reply.substr(at + 5));
  std::string request;
  for (int i = 0; i < of; i++) {
    give("key.csr", "{\"i\":" + std::to_string(i) + "}");
    if (!isOk()) return "";
    std::string part = valueOf("b64");
    const int32_t size = sg::decodeBase64(reinterpret_cast<uint8_t*>(&part[0]), static_cast<uint32_t>(part.size()));
    CHECK(size > 0);
    request += part.substr(0, static_cast<size_t>(size));
  }
  return request;
}

static std::string withLength(const std::string& part) {
  std::string out;
  for (int i = 0; i < 4; i++) out += static_cast<char>(part.size() >> (8 * i));
  return out + part;
}

static std::string generation(const std::string& cfg, const std::string& ca, const std::string& crt) {
  const std::string mac = hash(kAppKey, withLength(cfg) + withLength(ca) + withLength(crt));
  return toHex(mac.data(), 4);
}

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
