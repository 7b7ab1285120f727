// What the parts of a handshake cost on the chip's instruction set: one line "<name> <instructions>" each. The sums of
// these are what the handshakes are measured against. Every result is checked, so that nothing is measured that fails.
#include <bearssl.h>
#include <stdlib.h>
#include <string.h>

#include <iostream>

#include "host.h"
#include "rsa-sample.h"

namespace {

const br_ec_impl* const ec = &br_ec_all_m15;
unsigned char scalar[32], other_scalar[32], point[65], other_point[65], x_point[32], hash[32], signature[80];
size_t signature_len;

void tell(const char* name, void (*act)()) {
  const uint64_t before = host_instructions();
  act();
  const uint64_t spent = host_instructions() - before;
  std::cout << std::string(name) << " " << std::to_string(spent) << std::endl;
}

void check(bool holds) {
  if (!holds) abort();
}

void make_share() { check(ec->mulgen(point, scalar, sizeof scalar, BR_EC_secp256r1) == sizeof point); }

void agree() { check(ec->mul(other_point, sizeof other_point, scalar, sizeof scalar, BR_EC_secp256r1) == 1); }

// X25519, which Mosquitto chooses for the shared secret.
void make_x_share() { check(ec->mulgen(x_point, scalar, sizeof scalar, BR_EC_curve25519) == sizeof x_point); }

void agree_x() { check(ec->mul(x_point, sizeof x_point, other_scalar, sizeof other_scalar, BR_EC_curve25519) == 1); }

void sign() {
  const br_ec_private_key key = {BR_EC_secp256r1, scalar, sizeof scalar};
  signature_len = br_ecdsa_i15_sign_asn1(ec, &br_sha256_vtable, hash, &key, signature);
  check(signature_len > 0);
}

void verify() {
  const br_ec_public_key key = {BR_EC_secp256r1, point, sizeof point};
  check(br_ecdsa_i15_vrfy_asn1(ec, hash, sizeof hash, &key, signature, signature_len) == 1);
}

void verify_rsa() {
  static unsigned char modulus[sizeof rsa_modulus];
  static unsigned char exponent[] = {1, 0, 1};
  memcpy(modulus, rsa_modulus, sizeof modulus);
  const br_rsa_public_key key = {modulus, sizeof modulus, exponent, sizeof exponent};
  unsigned char found[32];
  check(br_rsa_i15_pkcs1_vrfy(rsa_signature, sizeof rsa_signature, BR_HASH_OID_SHA256, sizeof found, &key, found) == 1);
  check(memcmp(found, rsa_hash, sizeof found) == 0);
}

// A million rounds of three instructions, whatever the compiler thinks.
void count_known() {
  uint32_t rounds = 1000000;
  asm volatile("1: nop\n addi %0, %0, -1\n bnez %0, 1b" : "+r"(rounds));
}

}  // namespace

int main() {
  tell("calibration", count_known);
  for (uint8_t i = 0; i < 32; i++) {
    scalar[i] = static_cast<uint8_t>(7 * i + 1);
    other_scalar[i] = static_cast<uint8_t>(11 * i + 3);
    hash[i] = static_cast<uint8_t>(13 * i + 5);
  }
  check(ec->mulgen(other_point, other_scalar, sizeof other_scalar, BR_EC_secp256r1) == sizeof other_point);
  tell("p256.share", make_share);
  tell("p256.agree", agree);
  tell("x25519.share", make_x_share);
  tell("x25519.agree", agree_x);
  tell("p256.sign", sign);
  tell("p256.verify", verify);
  tell("rsa2048.verify", verify_rsa);
  return 0;
}
