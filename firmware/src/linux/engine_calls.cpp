// BearSSL called directly: a Linux stack is large enough.
#include "../bearssl/engine_calls.h"

namespace signet {

unsigned char* engine_recvapp_buf(const br_ssl_engine_context* engine, size_t* len) {
  return br_ssl_engine_recvapp_buf(engine, len);
}
void engine_recvapp_ack(br_ssl_engine_context* engine, size_t len) { br_ssl_engine_recvapp_ack(engine, len); }
unsigned char* engine_recvrec_buf(const br_ssl_engine_context* engine, size_t* len) {
  return br_ssl_engine_recvrec_buf(engine, len);
}
void engine_recvrec_ack(br_ssl_engine_context* engine, size_t len) { br_ssl_engine_recvrec_ack(engine, len); }
unsigned char* engine_sendapp_buf(const br_ssl_engine_context* engine, size_t* len) {
  return br_ssl_engine_sendapp_buf(engine, len);
}
void engine_sendapp_ack(br_ssl_engine_context* engine, size_t len) { br_ssl_engine_sendapp_ack(engine, len); }
unsigned char* engine_sendrec_buf(const br_ssl_engine_context* engine, size_t* len) {
  return br_ssl_engine_sendrec_buf(engine, len);
}
void engine_sendrec_ack(br_ssl_engine_context* engine, size_t len) { br_ssl_engine_sendrec_ack(engine, len); }

void decoder_init(br_x509_decoder_context* decoder, void (*append_name)(void*, const void*, size_t), void* context) {
  br_x509_decoder_init(decoder, append_name, context);
}

size_t ec_compute_public(const br_ec_private_key* key, unsigned char* point) {
  return br_ec_compute_pub(&br_ec_all_m15, nullptr, point, key);
}
size_t ecdsa_sign_raw(const br_ec_private_key* key, const unsigned char* digest, unsigned char* signature) {
  return br_ecdsa_i15_sign_raw(&br_ec_all_m15, &br_sha256_vtable, digest, key, signature);
}
int32_t gcm_open(const uint8_t* key, const uint8_t* nonce, const uint8_t* aad, uint32_t aad_len, uint8_t* data, uint32_t len) {
  return signet_gcm_open(key, nonce, aad, aad_len, data, len);
}

}  // namespace signet
