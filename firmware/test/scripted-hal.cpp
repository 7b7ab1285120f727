#include "scripted-hal.h"

#include <bearssl.h>
#include <string.h>

#include <algorithm>

#include "../src/core/signet.h"

ScriptedHal scripted;

static bool isKeyed = false;
static br_sha256_context hashContext;
static br_hmac_key_context hmacKey;
static br_hmac_context hmacContext;

std::string toHex(const void* bytes, size_t size) {
  static const char digits[] = "0123456789abcdef";
  std::string out;
  for (size_t i = 0; i < size; i++) {
    const uint8_t byte = static_cast<const uint8_t*>(bytes)[i];
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

std::string fromHex(const std::string& hex) {
  std::string out;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) out += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return out;
}

static void note(const std::string& line) {
  if (!scripted.isQuiet) scripted.lines.push_back(std::to_string(scripted.nowMs) + " " + line);
}

static std::string number(int64_t value) { return " " + std::to_string(value); }

void runFor(uint64_t ms) {
  const uint64_t end = scripted.nowMs + ms;
  while (scripted.nowMs < end && !scripted.isRestarting) {
    const uint64_t rest = std::max<uint64_t>(1, sg_loop());
    scripted.nowMs = std::min(end, scripted.nowMs + rest);
  }
}

extern "C" {

uint64_t hal_millis(void) { return scripted.nowMs; }

void hal_time_start(const char* servers, uint32_t servers_len, const char* tz, uint32_t tz_len) {
  note("time start " + std::string(servers, servers_len) + " " + std::string(tz, tz_len));
}

int32_t hal_zone_offset(uint64_t) { return scripted.zoneOffsetS; }

uint64_t hal_unix_ms(void) {
  return scripted.unixAtMs == 0 ? 0 : scripted.unixAtMs + scripted.nowMs - scripted.unixSetMs;
}

void hal_random(uint8_t* out, uint32_t len) {
  for (uint32_t i = 0; i < len; i++) out[i] = static_cast<uint8_t>(scripted.nextRandom++);
}

void hal_hash_begin(const uint8_t* key, uint32_t key_len) {
  isKeyed = key_len > 0;
  if (isKeyed) {
    br_hmac_key_init(&hmacKey, &br_sha256_vtable, key, key_len);
    br_hmac_init(&hmacContext, &hmacKey, 0);
  } else {
    br_sha256_init(&hashContext);
  }
}

void hal_hash_add(const uint8_t* data, uint32_t len) {
  if (isKeyed) {
    br_hmac_update(&hmacContext, data, len);
  } else {
    br_sha256_update(&hashContext, data, len);
  }
}

void hal_hash_end(uint8_t* out) {
  if (isKeyed) {
    br_hmac_out(&hmacContext, out);
  } else {
    br_sha256_out(&hashContext, out);
  }
}

void hal_serial_open(uint32_t baud) { note("serial open" + number(baud)); }
void hal_serial_write(const char* text, uint32_t len) { note("serial " + toHex(text, len)); }

static uint32_t take(std::string* from, void* out, size_t most) {
  const size_t count = std::min(from->size(), most);
  memcpy(out, from->data(), count);
  from->erase(0, count);
  return static_cast<uint32_t>(count);
}

uint32_t hal_serial_read(char* out, uint32_t cap) { return take(&scripted.serialIn, out, cap); }

int32_t hal_fs_mount(void) { return scripted.hasFiles ? 1 : 0; }

int32_t hal_file_read(const char* path, uint32_t path_len, uint8_t* out, uint32_t cap) {
  const auto found = scripted.files.find(std::string(path, path_len));
  if (found == scripted.files.end()) return -1;
  if (found->second.size() > cap) return -2;
  memcpy(out, found->second.data(), found->second.size());
  return static_cast<int32_t>(found->second.size());
}

// True when the power fails before this write; otherwise it may fail right behind it.
static bool isCutBefore() {
  if (scripted.writesLeft < 0) return false;
  return scripted.writesLeft-- == 0 && !scripted.isCutAfter;
}
static void cutBehind() {
  if (scripted.writesLeft == -1 && scripted.isCutAfter) {
    scripted.isCutAfter = false;
    throw PowerCut();
  }
}

static int32_t write(const std::string& name, const std::string& content) {
  if (!scripted.mayWrite) return -1;
  if (isCutBefore()) throw PowerCut();
  scripted.files[name] = content;
  cutBehind();
  return 0;
}

int32_t hal_file_replace(const char* path, uint32_t path_len, const uint8_t* data, uint32_t len) {
  const std::string name(path, path_len);
  note("file " + name + " " + toHex(data, len));
  return write(name, std::string(reinterpret_cast<const char*>(data), len));
}

int32_t hal_file_append(const char* path, uint32_t path_len, const uint8_t* data, uint32_t len) {
  const std::string name(path, path_len);
  note("append " + name + " " + toHex(data, len));
  return write(name, scripted.files[name] + std::string(reinterpret_cast<const char*>(data), len));
}

int32_t hal_file_part(const char* path, uint32_t path_len, uint32_t offset, uint8_t* out, uint32_t cap) {
  const auto found = scripted.files.find(std::string(path, path_len));
  if (found == scripted.files.end()) return -1;
  if (offset >= found->second.size()) return 0;
  const size_t size = std::min<size_t>(cap, found->second.size() - offset);
  memcpy(out, found->second.data() + offset, size);
  return static_cast<int32_t>(size);
}

int32_t hal_ec_public(const uint8_t* scalar, uint8_t* point) {
  br_ec_private_key key{BR_EC_secp256r1, const_cast<unsigned char*>(scalar), 32};
  return br_ec_compute_pub(&br_ec_all_m15, nullptr, point, &key) == 65 ? 1 : 0;
}

int32_t hal_ec_sign(const uint8_t* scalar, const uint8_t* digest, uint8_t* signature) {
  br_ec_private_key key{BR_EC_secp256r1, const_cast<unsigned char*>(scalar), 32};
  return br_ecdsa_i15_sign_raw(&br_ec_all_m15, &br_sha256_vtable, digest, &key, signature) == 64 ? 1 : 0;
}

int32_t hal_gcm_open(const uint8_t* key, const uint8_t* nonce, const uint8_t* aad, uint32_t aad_len, uint8_t* data,
                     uint32_t len) {
  if (len < 16) return 0;
  br_aes_ct_ctr_keys cipher;
  br_gcm_context gcm;
  br_aes_ct_ctr_init(&cipher, key, 32);
  br_gcm_init(&gcm, &cipher.vtable, br_ghash_ctmul32);
  br_gcm_reset(&gcm, nonce, 12);
  br_gcm_aad_inject(&gcm, aad, aad_len);
  br_gcm_flip(&gcm);
  br_gcm_run(&gcm, 0, data, len - 16);
  return static_cast<int32_t>(br_gcm_check_tag(&gcm, data + len - 16));
}

void hal_wifi_join(const uint8_t* ssid, uint32_t ssid_len, const char* psk, uint32_t psk_len, const char* host_name,
                   uint32_t host_name_len) {
  note("wifi join " + toHex(ssid, ssid_len) + " " + toHex(psk, psk_len) + " " + std::string(host_name, host_name_len));
}
void hal_wifi_leave(void) { note("wifi leave"); }
void hal_wifi_poll(struct HalWifi* out) { *out = scripted.wifi; }

void hal_net_open(const char* host, uint32_t host_len, uint32_t port, const struct HalTls* tls) {
  scripted.netIn.clear();
  scripted.isGone = false;
  note("net open " + std::string(host, host_len) + number(port) + number(tls->anchors_len) +
       number(tls->certificate_len) + number(tls->key_len) + " " + toHex(tls->pin, tls->pin_len) + number(tls->mode) +
       number(tls->fragment) + number(static_cast<int64_t>(tls->now_ms)));
}
void hal_net_poll(struct HalNet* out) { *out = scripted.net; }

int32_t hal_net_read(uint8_t* out, uint32_t cap) {
  if (scripted.netIn.empty() && scripted.isGone) return -1;
  return static_cast<int32_t>(take(&scripted.netIn, out, std::min<size_t>(cap, scripted.readChunk)));
}

int32_t hal_net_write(const uint8_t* data, uint32_t len) {
  if (scripted.isGone) return -1;
  const size_t count = std::min<size_t>(len, scripted.writeChunk);
  note("net out " + toHex(data, count));
  return static_cast<int32_t>(count);
}
void hal_net_close(void) { note("net close"); }

void hal_sensor_start(int32_t type, int32_t pin) { note("sensor" + number(type) + number(pin)); }
void hal_sensor_poll(struct HalReading* out) { *out = scripted.sensor; }
void hal_pin_output(int32_t pin, int32_t level) { note("pin" + number(pin) + number(level)); }
void hal_pixel(int32_t pin, const char* order, uint32_t r, uint32_t g, uint32_t b) {
  note("pixel" + number(pin) + " " + std::string(order, 3) + number(r) + number(g) + number(b));
}
void hal_spi_byte(int32_t ss_pin, uint32_t byte) { note("spi" + number(ss_pin) + number(byte)); }
void hal_display(const char* text, uint32_t len) { note("display " + toHex(text, len)); }

int32_t hal_reset_reason(void) { return scripted.resetReason; }
void hal_restart(void) {
  note("restart");
  scripted.isRestarting = true;
}
void hal_heap(uint32_t* free_bytes, uint32_t* largest_bytes) {
  *free_bytes = 23100;
  *largest_bytes = 18000;
}
void hal_keep_read(uint8_t* out16) { memcpy(out16, scripted.keep, 16); }
void hal_keep_write(const uint8_t* in16) {
  memcpy(scripted.keep, in16, 16);
  note("keep " + toHex(in16, 16));
}

}  // extern "C"
