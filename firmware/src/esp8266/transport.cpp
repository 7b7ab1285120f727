// The connection's ground on the chip: lwIP's resolver (mDNS for .local) and its own TCP calls, none of which waits. The
// core's WiFiClient waits in connect() for up to its time limit, and WiFiClientSecure checks no name when it is given an
// address: here the host name goes to TLS and is checked there, whatever address was found.
#include "../bearssl/transport.h"

#include <Arduino.h>
#include <StackThunk.h>
#include <lwip/dns.h>
#include <lwip/tcp.h>

namespace signet {
namespace {

// The second stack that BearSSL runs on, and a reserve for the buffers and for Wi-Fi.
constexpr uint32_t stack_bytes = 6200;
constexpr uint32_t reserve_bytes = 4096;
constexpr uint32_t longest_part = 0xffff;  // lwIP counts in 16 bits

ip_addr_t address;
uint16_t target_port = 0;
Progress resolved = Progress::failed;
Progress connected = Progress::failed;
// Answers to an older question arrive with an older number and are ignored.
uintptr_t question = 0;

tcp_pcb* stream = nullptr;  // lwIP frees it itself when it reports an error
pbuf* received = nullptr;
uint32_t consumed = 0;  // of the first piece of `received`
bool peer_closed = false;
int32_t last_error = 0;

void take_address(const char*, const ip_addr_t* found, void* number) {
  if (reinterpret_cast<uintptr_t>(number) != question) return;
  resolved = found == nullptr ? Progress::failed : Progress::done;
  if (found != nullptr) address = *found;
}

err_t take_connected(void*, tcp_pcb*, err_t) {
  connected = Progress::done;
  return ERR_OK;
}

void take_error(void*, err_t error) {
  stream = nullptr;
  last_error = error;
  if (connected == Progress::pending) connected = Progress::failed;
}

err_t take_data(void*, tcp_pcb*, pbuf* data, err_t) {
  if (data == nullptr) {
    peer_closed = true;
  } else if (received == nullptr) {
    received = data;
  } else {
    pbuf_cat(received, data);
  }
  return ERR_OK;
}

void forget_received() {
  if (received != nullptr) pbuf_free(received);
  received = nullptr;
  consumed = 0;
  peer_closed = false;
}

// Frees the pieces that were read to their end.
void advance(uint32_t len) {
  consumed += len;
  while (received != nullptr && consumed >= received->len) {
    pbuf* const first = received;
    consumed -= first->len;
    received = first->next;
    if (received != nullptr) pbuf_ref(received);
    pbuf_free(first);
  }
}

int32_t pipe_read(uint8_t* out, uint32_t cap) {
  if (received == nullptr) return stream == nullptr || peer_closed ? -1 : 0;
  const uint16_t wanted = static_cast<uint16_t>(cap < longest_part ? cap : longest_part);
  const uint16_t len = pbuf_copy_partial(received, out, wanted, static_cast<uint16_t>(consumed));
  advance(len);
  if (stream != nullptr) tcp_recved(stream, len);
  return len;
}

int32_t pipe_write(const uint8_t* data, uint32_t len) {
  if (stream == nullptr || peer_closed) return -1;
  // A segment at a time: more may need more small buffers than lwIP has.
  uint32_t part = tcp_sndbuf(stream) < tcp_mss(stream) ? tcp_sndbuf(stream) : tcp_mss(stream);
  if (len < part) part = len;
  if (part == 0) return 0;
  const err_t result = tcp_write(stream, data, static_cast<uint16_t>(part), TCP_WRITE_FLAG_COPY);
  if (result == ERR_OK) tcp_output(stream);
  if (result == ERR_MEM) return 0;
  return result == ERR_OK ? static_cast<int32_t>(part) : -1;
}

}  // namespace

const BytePipe transport_pipe = {pipe_read, pipe_write};

void transport_resolve(const char* host, uint16_t port) {
  target_port = port;
  resolved = Progress::pending;
  question++;
  const err_t result = dns_gethostbyname(host, &address, take_address, reinterpret_cast<void*>(question));
  if (result == ERR_OK) resolved = Progress::done;
  if (result != ERR_OK && result != ERR_INPROGRESS) resolved = Progress::failed;
}

Progress transport_resolve_progress() { return resolved; }

void transport_connect() {
  transport_drop();
  connected = Progress::failed;
  stream = tcp_new();
  if (stream == nullptr) return;
  tcp_err(stream, take_error);
  tcp_recv(stream, take_data);
  tcp_nagle_disable(stream);
  connected = Progress::pending;
  last_error = tcp_connect(stream, &address, target_port, take_connected);
  if (last_error == ERR_OK) return;
  transport_drop();
  connected = Progress::failed;
}

Progress transport_connect_progress() { return connected; }

int32_t transport_error() { return last_error; }

void transport_drop() {
  tcp_pcb* const old = stream;
  stream = nullptr;
  forget_received();
  if (old == nullptr) return;
  tcp_err(old, nullptr);
  tcp_recv(old, nullptr);
  // What was written still goes out, and lwIP sees to the rest; without memory for a goodbye the peer gets none.
  if (tcp_close(old) != ERR_OK) tcp_abort(old);
}

bool transport_prepare(uint32_t len) {
  // The core stops the sketch when its second stack cannot be had: asked beforehand, and kept once it is there.
  static bool has_stack = false;
  if (has_stack) return true;
  const bool fits = ESP.getMaxFreeBlockSize() >= len && ESP.getFreeHeap() >= len + stack_bytes + reserve_bytes;
  if (!fits) return false;
  stack_thunk_add_ref();
  has_stack = true;
  return true;
}

}  // namespace signet
