// The HAL's connection to the broker: name, TCP and TLS one after the other over a non-blocking socket. Opens
// connections only; nothing here listens.
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../bearssl/tls_session.h"
#include "../hal/hal.h"
#include "host.h"
#include "resolver.h"

using namespace signet_host;
using signet::BytePipe;
using signet::TlsSession;

namespace {

enum Stage : int32_t { closed, resolving, connecting, handshaking, open_, failed };

constexpr uint64_t connect_limit_ms = 10000;
constexpr uint64_t handshake_limit_ms = 30000;

TlsSession session;
std::vector<uint8_t> input_buffer;
int fd = -1;
Stage stage = closed;
int32_t code = 0;
int32_t raw = 0;
uint32_t tls_ms = 0;
uint64_t stage_began_ms = 0;
std::string host_name;
sockaddr_in address{};
HalTls settings{};
// Found out once and kept: this broker ignores the wish for small fragments.
bool needs_large = false;

int32_t pipe_read(uint8_t* out, uint32_t cap) {
  const ssize_t got = recv(fd, out, cap, 0);
  if (got > 0) return static_cast<int32_t>(got);
  return got < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

int32_t pipe_write(const uint8_t* data, uint32_t len) {
  const ssize_t sent = send(fd, data, len, MSG_NOSIGNAL);
  if (sent >= 0) return static_cast<int32_t>(sent);
  return errno == EAGAIN || errno == EINTR ? 0 : -1;
}

const BytePipe tcp_pipe = {pipe_read, pipe_write};

void enter(Stage next) {
  stage = next;
  stage_began_ms = hal_millis();
}

void drop_socket() {
  if (fd >= 0) close(fd);
  fd = -1;
}

void fail(int32_t why, int32_t number) {
  drop_socket();
  code = why;
  raw = number;
  enter(failed);
}

void begin_connect() {
  fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return fail(501, errno);
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  enter(connecting);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0 && errno != EINPROGRESS) {
    fail(501, errno);
  }
}

void poll_resolving() {
  const Resolving state = resolve_poll(address);
  const bool local = host_name.size() > 6 && host_name.compare(host_name.size() - 6, 6, ".local") == 0;
  if (state == Resolving::unknown) return fail(local ? 352 : 351, 0);
  if (state == Resolving::found) return begin_connect();
  if (hal_millis() - stage_began_ms > connect_limit_ms) fail(local ? 352 : 351, 0);
}

void begin_handshake() {
  input_buffer.resize(TlsSession::input_buffer_bytes(settings.fragment, needs_large));
  const int32_t refused =
      session.start(settings, host_name.c_str(), input_buffer.data(), static_cast<uint32_t>(input_buffer.size()));
  if (refused != 0) return fail(refused, session.raw());
  enter(handshaking);
}

void poll_connecting() {
  pollfd waiting{fd, POLLOUT, 0};
  if (poll(&waiting, 1, 0) > 0) {
    int error = 0;
    socklen_t len = sizeof error;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
    return error != 0 ? fail(501, error) : begin_handshake();
  }
  if (hal_millis() - stage_began_ms > connect_limit_ms) fail(501, ETIMEDOUT);
}

void poll_session() {
  session.step(tcp_pipe);
  switch (session.state()) {
    case TlsSession::State::needs_large_buffer:
      needs_large = true;
      drop_socket();
      return begin_connect();
    case TlsSession::State::open:
      if (stage == handshaking) {
        tls_ms = static_cast<uint32_t>(hal_millis() - stage_began_ms);
        enter(open_);
      }
      return;
    case TlsSession::State::handshaking:
      if (hal_millis() - stage_began_ms > handshake_limit_ms) fail(407, 0);
      return;
    default:
      // Once open, a lost connection is no failed attempt.
      const bool was_open = stage == open_;
      fail(session.code(), session.raw());
      if (was_open) stage = closed;
  }
}

}  // namespace

void signet_host::net_descriptors(std::vector<pollfd>& out) {
  if (fd < 0) return;
  out.push_back({fd, static_cast<short>(stage == connecting ? POLLOUT : POLLIN), 0});
}

void hal_net_open(const char* host, uint32_t host_len, uint32_t port, const HalTls* tls) {
  drop_socket();
  const std::string wanted(host, host_len);
  if (wanted != host_name) needs_large = false;
  host_name = wanted;
  settings = *tls;
  code = raw = 0;
  tls_ms = 0;
  resolve_start(host_name, static_cast<uint16_t>(port));
  enter(resolving);
}

void hal_net_poll(HalNet* out) {
  if (stage == resolving) {
    poll_resolving();
  } else if (stage == connecting) {
    poll_connecting();
  } else if (stage == handshaking || stage == open_) {
    poll_session();
  }
  *out = {stage, code, raw, tls_ms, 0, 0, 0};
  if (stage != open_) return;
  out->fragment = session.fragment();
  out->resumed = session.resumed();
}

int32_t hal_net_read(uint8_t* out, uint32_t cap) {
  if (stage != open_) return -1;
  const int32_t waiting = session.read(out, cap);
  if (waiting != 0) return waiting;
  poll_session();
  return stage == open_ ? session.read(out, cap) : -1;
}

int32_t hal_net_write(const uint8_t* data, uint32_t len) {
  if (stage != open_) return -1;
  const int32_t taken = session.write(data, len);
  poll_session();
  return stage == open_ ? taken : -1;
}

void hal_net_close() {
  if (stage == open_) session.close(tcp_pipe);
  drop_socket();
  enter(closed);
}
