// Somebody at the broker who rotates a device: signs commands, seals parts, certifies requests. Reads the replies.
#include "rotation-driver.h"

#include <bearssl.h>

#include "../src/core/base64.h"
#include "../src/core/certificate-dates.h"
#include "test-device.h"

const std::string kTopic = "signet/porch/porch-1/cmd";
static int serial = 0;

static std::string reply;

// Sends a signed command and returns the answer's JSON; empty when none came.
std::string give(const std::string& command, const std::string& arguments) {
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

bool isOk() { return reply.find("\"ok\":1") != std::string::npos; }
bool isCode(int code) { return reply.find("\"e\":" + std::to_string(code) + ",") != std::string::npos; }

static std::string valueOf(const std::string& key) {
  const size_t at = reply.find("\"" + key + "\":\"");
  CHECK(at != std::string::npos);
  const size_t from = at + key.size() + 4;
  return reply.substr(from, reply.find('"', from) - from);
}

std::string base64(const std::string& bytes) {
  char out[1600];
  sg::Text text(out, sizeof out);
  sg::addBase64(&text, reinterpret_cast<const uint8_t*>(bytes.data()), static_cast<uint32_t>(bytes.size()));
  return std::string(out, text.size());
}

std::string hash(const std::string& key, const std::string& bytes) {
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

const std::string kAppKey(32, 'k');

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

bool putFile(const std::string& file, const std::string& content, size_t partSize) {
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
std::string certify(const std::string& request, const std::string& padding) {
  const std::string prefix(reinterpret_cast<const char*>(sg::kPointPrefix), 26);
  const size_t at = request.find(prefix);
  CHECK(at != std::string::npos);
  const std::string key = request.substr(at, 26 + 65);
  const std::string times = der(0x17, "260101000000Z") + der(0x17, "290101000000Z");
  const std::string body = fromHex("a003020102020101") + der(0x30, "") + der(0x30, padding) + der(0x30, times) + der(0x30, "") + key;
  return der(0x30, der(0x30, body));
}

std::string fetchRequest() {
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

std::string generation(const std::string& cfg, const std::string& ca, const std::string& crt) {
  const std::string mac = hash(kAppKey, withLength(cfg) + withLength(ca) + withLength(crt));
  return toHex(mac.data(), 4);
}
