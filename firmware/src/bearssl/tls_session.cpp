#include "tls_session.h"

#include <string.h>

#include "engine_calls.h"
#include "server_hello.h"

namespace signet {
namespace {

// Bytes that a record adds around its content in BearSSL's input buffer.
constexpr uint32_t record_overhead = 325;
constexpr uint32_t default_fragment = 512;
constexpr uint32_t full_fragment = 16384;
constexpr uint32_t moves_per_step = 8;

// ChaCha20 first: in software on a 32-bit chip it is faster than AES, and constant-time without tables.
const uint16_t suites[] = {
    BR_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, BR_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    BR_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,       BR_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    BR_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,       BR_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
};

void add_sized(br_sha256_context* hash, const void* data, uint32_t len) {
  const uint8_t size[4] = {static_cast<uint8_t>(len), static_cast<uint8_t>(len >> 8), static_cast<uint8_t>(len >> 16),
                           static_cast<uint8_t>(len >> 24)};
  br_sha256_update(hash, size, sizeof size);
  br_sha256_update(hash, data, len);
}

void set_algorithms(br_ssl_engine_context* engine) {
  br_ssl_engine_set_versions(engine, BR_TLS12, BR_TLS12);
  br_ssl_engine_set_suites(engine, suites, sizeof suites / sizeof suites[0]);
  br_ssl_engine_set_hash(engine, br_sha256_ID, &br_sha256_vtable);
  br_ssl_engine_set_hash(engine, br_sha384_ID, &br_sha384_vtable);
  br_ssl_engine_set_hash(engine, br_sha512_ID, &br_sha512_vtable);
  br_ssl_engine_set_prf_sha256(engine, &br_tls12_sha256_prf);
  br_ssl_engine_set_prf_sha384(engine, &br_tls12_sha384_prf);
  br_ssl_engine_set_rsavrfy(engine, br_rsa_i15_pkcs1_vrfy);
  br_ssl_engine_set_ec(engine, &br_ec_all_m15);
  br_ssl_engine_set_ecdsa(engine, br_ecdsa_i15_vrfy_asn1);
  br_ssl_engine_set_aes_ctr(engine, &br_aes_ct_ctr_vtable);
  br_ssl_engine_set_ghash(engine, br_ghash_ctmul32);
  br_ssl_engine_set_gcm(engine, &br_sslrec_in_gcm_vtable, &br_sslrec_out_gcm_vtable);
  br_ssl_engine_set_chacha20(engine, br_chacha20_ct_run);
  br_ssl_engine_set_poly1305(engine, br_poly1305_ctmul32_run);
  br_ssl_engine_set_chapol(engine, &br_sslrec_in_chapol_vtable, &br_sslrec_out_chapol_vtable);
}

// Alerts with which a broker refuses the certificate (RFC 5246 section 7.2.2, RFC 8446 section 6.2).
bool refuses_certificate(int32_t alert) {
  return (alert >= 40 && alert <= 49) || alert == 116;
}

}  // namespace

uint32_t TlsSession::input_buffer_bytes(uint32_t fragment, bool large) {
  if (large) return full_fragment + record_overhead;
  return (fragment == 0 ? default_fragment : fragment) + record_overhead;
}

int32_t TlsSession::start(const HalTls& tls, const char* host, uint8_t* input_buffer, uint32_t input_len) {
  state_ = State::closed;
  raw_ = 0;
  fragment_ = 0;
  resumed_ = false;
  hello_len_ = 0;
  code_ = trust_.start(tls);
  if (code_ != 0) return code_;
  // The engine's own memory: what was in it belonged to the last connection, and configure() clears it.
  static_assert(sizeof(ClientIdentity::Workspace) <= sizeof client_, "the decoders work in the engine's memory");
  code_ = identity_.start(tls, reinterpret_cast<ClientIdentity::Workspace*>(&client_));
  if (code_ != 0) return code_;

  state_ = State::handshaking;
  configure(input_buffer, input_len);
  const bool resume = offer_saved_session(tls, host);
  if (!br_ssl_client_reset(&client_, host, resume)) {
    finish(br_ssl_engine_last_error(&client_.eng), false);
  }
  return code_;
}

void TlsSession::configure(uint8_t* input_buffer, uint32_t input_len) {
  br_ssl_client_zero(&client_);
  set_algorithms(&client_.eng);
  br_ssl_engine_set_x509(&client_.eng, trust_.x509());
  // A broker could ask for a handshake at any time, and its arithmetic stops everything else.
  br_ssl_engine_add_flags(&client_.eng, BR_OPT_NO_RENEGOTIATION);
  identity_.attach(&client_);
  br_ssl_engine_set_buffers_bidi(&client_.eng, input_buffer, input_len, output_, sizeof output_);
  input_len_ = input_len;
  // BearSSL would wish for what the smaller of the two buffers holds; only what comes in needs the limit.
  unsigned char log2 = 9;
  while (log2 < 14 && (2u << log2) + record_overhead <= input_len) log2++;
  client_.eng.log_max_frag_len = log2;
  client_.eng.max_frag_len = static_cast<uint16_t>(1u << log2);
  uint8_t seed[32];
  hal_random(seed, sizeof seed);
  br_ssl_engine_inject_entropy(&client_.eng, seed, sizeof seed);
}

bool TlsSession::offer_saved_session(const HalTls& tls, const char* host) {
  br_sha256_context hash;
  br_sha256_init(&hash);
  add_sized(&hash, host, static_cast<uint32_t>(strlen(host)));
  add_sized(&hash, tls.anchors, tls.anchors_len);
  add_sized(&hash, tls.certificate, tls.certificate_len);
  add_sized(&hash, tls.pin, tls.pin_len);
  add_sized(&hash, &tls.mode, sizeof tls.mode);
  br_sha256_out(&hash, current_for_);
  // A resumed session shows no certificate: it must not outlive what was believed when it began.
  const bool believed = tls.mode == 1 || tls.now_ms / 1000 <= saved_until_s_;
  const bool resume = has_saved_ && believed && memcmp(saved_for_, current_for_, sizeof saved_for_) == 0;
  if (resume) br_ssl_engine_set_session_parameters(&client_.eng, &saved_);
  return resume;
}

void TlsSession::step(const BytePipe& pipe) {
  for (uint32_t i = 0; i < moves_per_step; i++) {
    if (state_ != State::handshaking && state_ != State::open) return;
    const unsigned engine_state = br_ssl_engine_current_state(&client_.eng);
    if (engine_state == BR_SSL_CLOSED) return finish(br_ssl_engine_last_error(&client_.eng), false);
    if (state_ == State::handshaking && (engine_state & BR_SSL_SENDAPP)) handshake_done();
    if (!move_once(pipe)) return;
  }
}

// One record's worth in either direction; false when nothing moves now.
bool TlsSession::move_once(const BytePipe& pipe) {
  size_t len = 0;
  if (const uint8_t* out = engine_sendrec_buf(&client_.eng, &len)) {
    const int32_t sent = pipe.write(out, static_cast<uint32_t>(len));
    if (sent > 0) engine_sendrec_ack(&client_.eng, static_cast<size_t>(sent));
    if (sent > 0) return true;
    // The peer may have said why before it hung up: what has arrived is read first.
    if (sent < 0 && engine_recvrec_buf(&client_.eng, &len) == nullptr) finish(0, true);
    if (sent == 0) return false;
  }
  uint8_t* in = engine_recvrec_buf(&client_.eng, &len);
  if (in == nullptr) return false;
  const int32_t got = pipe.read(in, static_cast<uint32_t>(len));
  if (got < 0) finish(0, true);
  if (got <= 0) return false;
  keep_server_hello(in, static_cast<uint32_t>(got));
  engine_recvrec_ack(&client_.eng, static_cast<size_t>(got));
  return true;
}

void TlsSession::keep_server_hello(const uint8_t* data, uint32_t len) {
  const uint32_t room = max_hello_bytes - hello_len_;
  const uint32_t kept = len < room ? len : room;
  memcpy(hello_ + hello_len_, data, kept);
  hello_len_ += kept;
}

void TlsSession::handshake_done() {
  fragment_ = server_hello_fragment(hello_, hello_len_);
  if (fragment_ == 0 && input_len_ < full_fragment) {
    // A full-size record could come any time and would not fit.
    state_ = State::needs_large_buffer;
    return;
  }
  state_ = State::open;
  resumed_ = !trust_.chain_seen();
  if (!resumed_) saved_until_s_ = trust_.not_after();
  br_ssl_engine_get_session_parameters(&client_.eng, &saved_);
  memcpy(saved_for_, current_for_, sizeof saved_for_);
  has_saved_ = true;
}

void TlsSession::finish(int32_t engine_error, bool pipe_gone) {
  if (state_ == State::closed) return;
  const bool handshaking = state_ != State::open;
  if (handshaking) has_saved_ = false;
  state_ = State::closed;
  raw_ = engine_error;
  code_ = code_of(engine_error, pipe_gone);
  if (handshaking && engine_error == BR_ERR_TOO_LARGE && input_len_ < full_fragment) state_ = State::needs_large_buffer;
}

int32_t TlsSession::code_of(int32_t engine_error, bool pipe_gone) const {
  if (pipe_gone || engine_error == 0 || engine_error == BR_ERR_IO) return 407;
  if (engine_error >= BR_ERR_RECV_FATAL_ALERT && engine_error < BR_ERR_SEND_FATAL_ALERT) {
    return refuses_certificate(engine_error - BR_ERR_RECV_FATAL_ALERT) ? 407 : 408;
  }
  return trust_.code_of(engine_error);
}

int32_t TlsSession::read(uint8_t* out, uint32_t cap) {
  if (state_ != State::open) return -1;
  size_t len = 0;
  const uint8_t* in = engine_recvapp_buf(&client_.eng, &len);
  if (in == nullptr || cap == 0) return 0;
  if (len > cap) len = cap;
  memcpy(out, in, len);
  engine_recvapp_ack(&client_.eng, len);
  return static_cast<int32_t>(len);
}

int32_t TlsSession::write(const uint8_t* data, uint32_t len) {
  if (state_ != State::open) return -1;
  size_t room = 0;
  uint8_t* out = engine_sendapp_buf(&client_.eng, &room);
  if (out == nullptr || len == 0) return 0;
  if (room > len) room = len;
  memcpy(out, data, room);
  engine_sendapp_ack(&client_.eng, room);
  br_ssl_engine_flush(&client_.eng, 0);
  return static_cast<int32_t>(room);
}

void TlsSession::close(const BytePipe& pipe) {
  if (state_ == State::open) {
    step(pipe);
    if (state_ == State::open) br_ssl_engine_close(&client_.eng);
    if (state_ == State::open) step(pipe);
  }
  state_ = State::idle;
}

}  // namespace signet
