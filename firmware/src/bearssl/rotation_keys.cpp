// The HAL's keys of a rotation by BearSSL, for every home that has it. Constant-time code throughout.
#include <bearssl/bearssl.h>

#include "../hal/hal.h"
#include "engine_calls.h"

int32_t hal_ec_public(const uint8_t* scalar, uint8_t* point) {
  // BearSSL multiplies by whatever it is given: the range is checked here, without telling how near the number is.
  const br_ec_impl* curve = &br_ec_all_m15;
  size_t order_len = 0;
  const unsigned char* order = curve->order(BR_EC_secp256r1, &order_len);
  unsigned borrow = 0;
  unsigned any = 0;
  for (size_t i = order_len; i-- > 0;) {
    borrow = (static_cast<unsigned>(scalar[i]) - order[i] - borrow) >> 8 & 1;
    any |= scalar[i];
  }
  if (borrow == 0 || any == 0) return 0;
  br_ec_private_key key{BR_EC_secp256r1, const_cast<unsigned char*>(scalar), 32};
  return signet::ec_compute_public(&key, point) == 65 ? 1 : 0;
}

int32_t hal_ec_sign(const uint8_t* scalar, const uint8_t* digest, uint8_t* signature) {
  br_ec_private_key key{BR_EC_secp256r1, const_cast<unsigned char*>(scalar), 32};
  return signet::ecdsa_sign_raw(&key, digest, signature) == 64 ? 1 : 0;
}

int32_t hal_gcm_open(const uint8_t* key, const uint8_t* nonce, const uint8_t* aad, uint32_t aad_len, uint8_t* data,
                     uint32_t len) {
  return signet::gcm_open(key, nonce, aad, aad_len, data, len);
}
