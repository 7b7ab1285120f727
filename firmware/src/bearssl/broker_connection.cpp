// The HAL's connection to the broker: name, TCP and TLS one after the other. Shared by every home that has BearSSL; the
// home's own part is transport.h. Opens connections only.
#include <stdlib.h>
#include <string.h>

#include <new>

#include "../hal/hal.h"
#include "transport.h"

using signet::Progress;
using signet::TlsSession;

namespace {

enum Stage : int32_t { closed, resolving, connecting, handshaking, open, failed };

constexpr uint64_t resolve_limit_ms = 10000;
constexpr uint64_t connect_limit_ms = 10000;
constexpr uint64_t handshake_limit_ms = 30000;
constexpr uint32_t max_host_bytes = 64;

// Allocated at the first connection and kept: a heap that WiFi has fragmented later would not have the room again.
TlsSession* session = nullptr;
uint8_t* input_buffer = nullptr;
uint32_t input_len = 0;
// For a broker that ignores the wish for small fragments, as long as it does; the other one stays.
uint8_t* large_buffer = nullptr;

Stage stage = closed;
int32_t code = 0;
int32_t raw = 0;
uint32_t tls_ms = 0;
uint64_t stage_began_ms = 0;
char host_name[max_host_bytes + 1] = "";
uint16_t port_number = 0;
HalTls settings = {};
// Found out and kept for as long as the broker proves to be the right one: anybody could claim it.
bool needs_large = false;

uint64_t stage_ms() { return hal_millis() - stage_began_ms; }

void enter(Stage next) {
  stage = next;
  stage_began_ms = hal_millis();
}

void forget_large() {
  needs_large = false;
  free(large_buffer);
  large_buffer = nullptr;
}

void fail(int32_t why, int32_t number) {
  signet::transport_drop();
  if (stage != open) forget_large();
  code = why;
  raw = number;
  enter(failed);
}

bool is_local_name() {
  const size_t len = strlen(host_name);
  return len > 6 && strcmp(host_name + len - 6, ".local") == 0;
}

bool have_memory() {
  if (session == nullptr) {
    if (!signet::transport_prepare(sizeof(TlsSession))) return false;
    void* const place = malloc(sizeof(TlsSession));
    if (place == nullptr) return false;
    session = new (place) TlsSession();
  }
  const uint32_t wanted = TlsSession::input_buffer_bytes(settings.fragment, needs_large);
  if (needs_large) {
    if (large_buffer == nullptr) large_buffer = static_cast<uint8_t*>(malloc(wanted));
    return large_buffer != nullptr;
  }
  if (wanted <= input_len) return true;
  free(input_buffer);
  input_buffer = static_cast<uint8_t*>(malloc(wanted));
  input_len = input_buffer == nullptr ? 0 : wanted;
  return input_buffer != nullptr;
}

void begin_connect() {
  enter(connecting);
  signet::transport_connect();
}

void begin_handshake() {
  if (!have_memory()) return fail(406, 0);
  const uint32_t used = TlsSession::input_buffer_bytes(settings.fragment, needs_large);
  const int32_t refused = session->start(settings, host_name, needs_large ? large_buffer : input_buffer, used);
  if (refused != 0) return fail(refused, session->raw());
  enter(handshaking);
}

void poll_resolving() {
  const Progress progress = signet::transport_resolve_progress();
  if (progress == Progress::done) return begin_connect();
  if (progress == Progress::failed || stage_ms() > resolve_limit_ms) fail(is_local_name() ? 352 : 351, 0);
}

void poll_connecting() {
  const Progress progress = signet::transport_connect_progress();
  if (progress == Progress::done) return begin_handshake();
  if (progress == Progress::failed || stage_ms() > connect_limit_ms) fail(501, signet::transport_error());
}

void poll_session() {
  session->step(signet::transport_pipe);
  switch (session->state()) {
    case TlsSession::State::needs_large_buffer:
      needs_large = true;
      signet::transport_drop();
      return begin_connect();
    case TlsSession::State::open:
      if (stage == open) return;
      tls_ms = static_cast<uint32_t>(stage_ms());
      return enter(open);
    case TlsSession::State::handshaking:
      if (stage_ms() > handshake_limit_ms) fail(407, 0);
      return;
    default: {
      // Once open, a lost connection is no failed attempt.
      const bool was_open = stage == open;
      fail(session->code(), session->raw());
      if (was_open) stage = closed;
    }
  }
}

}  // namespace

void hal_net_open(const char* host, uint32_t host_len, uint32_t port, const HalTls* tls) {
  signet::transport_drop();
  code = raw = 0;
  tls_ms = 0;
  settings = *tls;
  const bool same_host = strlen(host_name) == host_len && memcmp(host_name, host, host_len) == 0;
  if (!same_host || port_number != port) forget_large();
  if (host_len > max_host_bytes) return fail(351, 0);
  memcpy(host_name, host, host_len);
  host_name[host_len] = '\0';
  port_number = static_cast<uint16_t>(port);
  signet::transport_resolve(host_name, port_number);
  enter(resolving);
}

void hal_net_poll(HalNet* out) {
  if (stage == resolving) {
    poll_resolving();
  } else if (stage == connecting) {
    poll_connecting();
  } else if (stage == handshaking || stage == open) {
    poll_session();
  }
  *out = {stage, code, raw, tls_ms, 0, 0, 0};
  if (stage != open) return;
  out->fragment = session->fragment();
  out->resumed = session->resumed();
}

int32_t hal_net_read(uint8_t* out, uint32_t cap) {
  if (stage != open) return -1;
  const int32_t waiting = session->read(out, cap);
  if (waiting != 0) return waiting;
  poll_session();
  return stage == open ? session->read(out, cap) : -1;
}

int32_t hal_net_write(const uint8_t* data, uint32_t len) {
  if (stage != open) return -1;
  const int32_t taken = session->write(data, len);
  poll_session();
  return stage == open ? taken : -1;
}

void hal_net_close() {
  if (stage == open) session->close(signet::transport_pipe);
  signet::transport_drop();
  enter(closed);
}
