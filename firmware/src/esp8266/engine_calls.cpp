// BearSSL on the core's second stack: its arithmetic needs more than the 4 KB that a sketch has. The core defines the
// thunk_… entries in BearSSLHelpers.cpp.
#include "../bearssl/engine_calls.h"

#include <Arduino.h>

extern "C" {
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

}  // namespace signet
