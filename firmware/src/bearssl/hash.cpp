// The HAL's hash functions by BearSSL, for every home that has it.
#include <bearssl/bearssl.h>

#include "../hal/hal.h"

namespace {

bool keyed = false;
br_sha256_context plain;
br_hmac_context mac;

}  // namespace

void hal_hash_begin(const uint8_t* key, uint32_t key_len) {
  keyed = key_len > 0;
  if (!keyed) return br_sha256_init(&plain);
  br_hmac_key_context prepared;
  br_hmac_key_init(&prepared, &br_sha256_vtable, key, key_len);
  br_hmac_init(&mac, &prepared, 0);
}

void hal_hash_add(const uint8_t* data, uint32_t len) {
  keyed ? br_hmac_update(&mac, data, len) : br_sha256_update(&plain, data, len);
}

void hal_hash_end(uint8_t* out) {
  if (!keyed) return br_sha256_out(&plain, out);
  br_hmac_out(&mac, out);
}
