// BearSSL on the core's second stack: its arithmetic needs more than the 4 KB that a sketch has. The core defines the
// thunk_… entries in BearSSLHelpers.cpp.
#include "../bearssl/engine_calls.h"

#include <Arduino.h>
#include <StackThunk.h>

extern "C" {
size_t signet_ec_public(const br_ec_private_key* key, unsigned char* point) {
  return br_ec_compute_pub(&br_ec_all_m15, nullptr, point, key);
}
size_t signet_ecdsa_sign(const br_ec_private_key* key, const unsigned char* digest, unsigned char* signature) {
  return br_ecdsa_i15_sign_raw(&br_ec_all_m15, &br_sha256_vtable, digest, key, signature);
}
make_stack_thunk(signet_ec_public);
make_stack_thunk(signet_ecdsa_sign);
make_stack_thunk(signet_gcm_open);
size_t thunk_signet_ec_public(const br_ec_private_key* key, unsigned char* point);
int32_t thunk_signet_gcm_open(const uint8_t* key, const uint8_t* nonce, const uint8_t* aad, uint32_t aad_len, uint8_t* data,
                              uint32_t len);
size_t thunk_signet_ecdsa_sign(const br_ec_private_key* key, const unsigned char* digest, unsigned char* signature);

unsigned char* thunk_br_ssl_engine_recvapp_buf(const br_ssl_engine_context* engine, size_t* len);
void thunk_br_ssl_engine_recvapp_ack(br_ssl_engine_context* engine, size_t len);
unsigned char* thunk_br_ssl_engine_recvrec_buf(const br_ssl_engine_context* engine, size_t* len);
void thunk_br_ssl_engine_recvrec_ack(br_ssl_engine_context* engine, size_t len);
unsigned char* thunk_br_ssl_engine_sendapp_buf(const br_ssl_engine_context* engine, size_t* len);
void thunk_br_ssl_engine_sendapp_ack(br_ssl_engine_context* engine, size_t len);
unsigned char* thunk_br_ssl_engine_sendrec_buf(const br_ssl_engine_context* engine, size_t* len);
void thunk_br_ssl_engine_sendrec_ack(br_ssl_engine_context* engine, size_t len);
}

namespace signet {

unsigned char* engine_recvapp_buf(const br_ssl_engine_context* engine, size_t* len) {
  return thunk_br_ssl_engine_recvapp_buf(engine, len);
}
void engine_recvapp_ack(br_ssl_engine_context* engine, size_t len) { thunk_br_ssl_engine_recvapp_ack(engine, len); }
unsigned char* engine_recvrec_buf(const br_ssl_engine_context* engine, size_t* len) {
  return thunk_br_ssl_engine_recvrec_buf(engine, len);
}
// A record that has come in may cost a second of arithmetic: the radio gets its turn first, and the watchdog a full term.
void engine_recvrec_ack(br_ssl_engine_context* engine, size_t len) {
  optimistic_yield(1000);
  ESP.wdtFeed();
  thunk_br_ssl_engine_recvrec_ack(engine, len);
}
unsigned char* engine_sendapp_buf(const br_ssl_engine_context* engine, size_t* len) {
  return thunk_br_ssl_engine_sendapp_buf(engine, len);
}
void engine_sendapp_ack(br_ssl_engine_context* engine, size_t len) { thunk_br_ssl_engine_sendapp_ack(engine, len); }
unsigned char* engine_sendrec_buf(const br_ssl_engine_context* engine, size_t* len) {
  return thunk_br_ssl_engine_sendrec_buf(engine, len);
}
void engine_sendrec_ack(br_ssl_engine_context* engine, size_t len) { thunk_br_ssl_engine_sendrec_ack(engine, len); }

void decoder_init(br_x509_decoder_context* decoder, void (*append_name)(void*, const void*, size_t), void* context) {
  br_x509_decoder_init(decoder, append_name, context, nullptr, nullptr);
}

// Only while the connection stands, whose start took the second stack.
size_t ec_compute_public(const br_ec_private_key* key, unsigned char* point) {
  ESP.wdtFeed();
  return thunk_signet_ec_public(key, point);
}
size_t ecdsa_sign_raw(const br_ec_private_key* key, const unsigned char* digest, unsigned char* signature) {
  ESP.wdtFeed();
  return thunk_signet_ecdsa_sign(key, digest, signature);
}
int32_t gcm_open(const uint8_t* key, const uint8_t* nonce, const uint8_t* aad, uint32_t aad_len, uint8_t* data, uint32_t len) {
  return thunk_signet_gcm_open(key, nonce, aad, aad_len, data, len);
}

}  // namespace signet
