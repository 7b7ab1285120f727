// One TLS 1.2 client connection, driven in steps that never wait: BearSSL's engine between the application and a byte
// pipe that the home supplies. Remembers the last session for resumption. Knows nothing of sockets, DNS or MQTT.
#pragma once
#include <bearssl/bearssl.h>
#include <stdint.h>

#include "../hal/hal.h"
#include "client_identity.h"
#include "trust.h"

namespace signet {

// The pipe under TLS. Bytes moved; 0 when it would block; -1 when the peer is gone.
struct BytePipe {
  int32_t (*read)(uint8_t* out, uint32_t cap);
  int32_t (*write)(const uint8_t* data, uint32_t len);
};

class TlsSession {
 public:
  enum class State : uint8_t { idle, handshaking, open, closed, needs_large_buffer };

  // Record buffers that a connection with these settings takes; `large` when the broker knows no fragment length.
  static uint32_t input_buffer_bytes(uint32_t fragment, bool large);
  static constexpr uint32_t output_buffer_bytes = 512 + 85;

  // Begins the handshake. `host` (terminated) is both SNI and the name that is checked. The input buffer stays the
  // caller's and must outlive the connection. 0, or the code to report.
  int32_t start(const HalTls& tls, const char* host, uint8_t* input_buffer, uint32_t input_len);
  // Moves what can be moved now.
  void step(const BytePipe& pipe);
  int32_t read(uint8_t* out, uint32_t cap);
  int32_t write(const uint8_t* data, uint32_t len);
  // Says goodbye as far as the pipe takes it at once.
  void close(const BytePipe& pipe);

  State state() const { return state_; }
  // Why it closed: a code of docs/contracts.md and BearSSL's own number (an alert received counts 256 more).
  int32_t code() const { return code_; }
  int32_t raw() const { return raw_; }
  bool resumed() const { return resumed_; }
  // Negotiated maximum fragment length in bytes, 0 when the broker ignored the wish.
  uint32_t fragment() const { return fragment_; }

 private:
  static constexpr uint32_t max_hello_bytes = 192;
  void configure(uint8_t* input_buffer, uint32_t input_len);
  bool offer_saved_session(const HalTls& tls, const char* host);
  bool move_once(const BytePipe& pipe);
  void keep_server_hello(const uint8_t* data, uint32_t len);
  void handshake_done();
  void finish(int32_t engine_error, bool pipe_gone);
  int32_t code_of(int32_t engine_error, bool pipe_gone) const;

  br_ssl_client_context client_;
  Trust trust_;
  ClientIdentity identity_;
  uint8_t output_[output_buffer_bytes];
  uint8_t hello_[max_hello_bytes];
  uint32_t hello_len_;
  uint32_t input_len_;
  State state_;
  int32_t code_;
  int32_t raw_;
  uint32_t fragment_;
  bool resumed_;

  // The session to resume, and the settings it belongs to.
  br_ssl_session_parameters saved_;
  uint8_t saved_for_[br_sha256_SIZE];
  uint8_t current_for_[br_sha256_SIZE];
  uint64_t saved_until_s_;  // the broker's chain is not believed beyond this
  bool has_saved_ = false;
};

}  // namespace signet
