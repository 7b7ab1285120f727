// The connection's ground on Linux: a non-blocking socket that only ever calls out. Nothing here listens.
#include "../bearssl/transport.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host.h"
#include "resolver.h"

using namespace signet_host;

namespace signet {
namespace {

int fd = -1;
int error = 0;
bool connected = false;
sockaddr_in address{};

bool would_block() { return errno == EAGAIN || errno == EINTR; }

int32_t pipe_read(uint8_t* out, uint32_t cap) {
  const ssize_t got = recv(fd, out, cap, 0);
  if (got > 0) return static_cast<int32_t>(got);
  return got < 0 && would_block() ? 0 : -1;
}

int32_t pipe_write(const uint8_t* data, uint32_t len) {
  const ssize_t sent = send(fd, data, len, MSG_NOSIGNAL);
  if (sent >= 0) return static_cast<int32_t>(sent);
  return would_block() ? 0 : -1;
}

}  // namespace

const BytePipe transport_pipe = {pipe_read, pipe_write};

void transport_resolve(const char* host, uint16_t port) { resolve_start(host, port); }

Progress transport_resolve_progress() {
  switch (resolve_poll(address)) {
    case Resolving::found:
      return Progress::done;
    case Resolving::unknown:
      return Progress::failed;
    default:
      return Progress::pending;
  }
}

void transport_connect() {
  error = 0;
  connected = false;
  fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    error = errno;
    return;
  }
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const int result = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  if (result < 0 && errno != EINPROGRESS) error = errno;
}

Progress transport_connect_progress() {
  if (error != 0) return Progress::failed;
  pollfd waiting{fd, POLLOUT, 0};
  if (poll(&waiting, 1, 0) <= 0) return Progress::pending;
  socklen_t len = sizeof error;
  getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
  connected = error == 0;
  return connected ? Progress::done : Progress::failed;
}

int32_t transport_error() { return error == 0 ? ETIMEDOUT : error; }

void transport_drop() {
  if (fd >= 0) close(fd);
  fd = -1;
  connected = false;
}

bool transport_prepare(uint32_t) { return true; }

}  // namespace signet

void signet_host::net_descriptors(std::vector<pollfd>& out) {
  using namespace signet;
  if (fd >= 0) out.push_back({fd, static_cast<short>(connected ? POLLIN : POLLOUT), 0});
}
