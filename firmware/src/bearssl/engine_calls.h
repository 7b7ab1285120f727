// Where the homes' BearSSL libraries differ. First, the calls into the engine that may run elliptic-curve or RSA arithmetic. Each home defines them: Linux calls the
// library directly, the chip goes through the core's second stack (its own 4 KB are too small).
#pragma once
#include <bearssl/bearssl.h>

namespace signet {

unsigned char* engine_recvapp_buf(const br_ssl_engine_context* engine, size_t* len);
void engine_recvapp_ack(br_ssl_engine_context* engine, size_t len);
unsigned char* engine_recvrec_buf(const br_ssl_engine_context* engine, size_t* len);
void engine_recvrec_ack(br_ssl_engine_context* engine, size_t len);
unsigned char* engine_sendapp_buf(const br_ssl_engine_context* engine, size_t* len);
void engine_sendapp_ack(br_ssl_engine_context* engine, size_t len);
unsigned char* engine_sendrec_buf(const br_ssl_engine_context* engine, size_t* len);
void engine_sendrec_ack(br_ssl_engine_context* engine, size_t len);

// Starts decoding a certificate; `append_name` (may be null) takes the subject's bytes. The chip's library also hands out
// the issuer's and so has another signature.
void decoder_init(br_x509_decoder_context* decoder, void (*append_name)(void*, const void*, size_t), void* context);

// The point of a private key (65 bytes into `point`) and a raw ECDSA-SHA-256 signature (64 bytes): the size, 0 on failure.
size_t ec_compute_public(const br_ec_private_key* key, unsigned char* point);
size_t ecdsa_sign_raw(const br_ec_private_key* key, const unsigned char* digest, unsigned char* signature);
// signet_gcm_open, where the home has the stack for it.
int32_t gcm_open(const uint8_t* key, const uint8_t* nonce, const uint8_t* aad, uint32_t aad_len, uint8_t* data, uint32_t len);

}  // namespace signet

// hal_gcm_open's work (gcm_open.cpp): a C name, so that the chip can run it on its second stack.
extern "C" int32_t signet_gcm_open(const uint8_t* key, const uint8_t* nonce, const uint8_t* aad, uint32_t aad_len,
                                   uint8_t* data, uint32_t len);
