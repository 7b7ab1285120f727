// The connection's ground on the chip: lwIP's resolver (mDNS for .local) and the core's plain TCP client. The host name
// goes to TLS and is checked there, whatever address was found: WiFiClientSecure is not used, since its
// connect(IPAddress) checks no name, its pin replaces the CA, and its handshake blocks.
#include "../bearssl/transport.h"

#include <ESP8266WiFi.h>
#include <StackThunk.h>
#include <lwip/dns.h>

namespace signet {
namespace {

// The core's connect() waits for the answer: no longer than a lost SYN and its repetition take in a house.
constexpr uint32_t connect_wait_ms = 3000;
constexpr uint32_t goodbye_wait_ms = 20;
// The second stack that BearSSL runs on, and a reserve for the buffers and for Wi-Fi.
constexpr uint32_t stack_bytes = 6200;
constexpr uint32_t reserve_bytes = 4096;

WiFiClient client;
ip_addr_t address;
uint16_t target_port = 0;
Progress resolved = Progress::failed;
Progress connected = Progress::failed;
// Answers to an older question arrive with an older number and are ignored.
uintptr_t question = 0;

void take_address(const char*, const ip_addr_t* found, void* number) {
  if (reinterpret_cast<uintptr_t>(number) != question) return;
  resolved = found == nullptr ? Progress::failed : Progress::done;
  if (found != nullptr) address = *found;
}

int32_t pipe_read(uint8_t* out, uint32_t cap) {
  const int waiting = client.available();
  if (waiting <= 0) return client.connected() ? 0 : -1;
  const uint32_t len = static_cast<uint32_t>(waiting) < cap ? static_cast<uint32_t>(waiting) : cap;
  return client.read(out, len);
}

int32_t pipe_write(const uint8_t* data, uint32_t len) {
  if (!client.connected()) return -1;
  // Never more than fits: write() would wait for the rest.
  const int room = client.availableForWrite();
  if (room <= 0) return 0;
  const uint32_t part = static_cast<uint32_t>(room) < len ? static_cast<uint32_t>(room) : len;
  return static_cast<int32_t>(client.write(data, part));
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
  client.setTimeout(connect_wait_ms);
  const bool open = client.connect(IPAddress(&address), target_port) == 1;
  connected = open ? Progress::done : Progress::failed;
  if (!open) return;
  client.setNoDelay(true);
  client.setSync(false);
}

Progress transport_connect_progress() { return connected; }

int32_t transport_error() { return 0; }

void transport_drop() {
  client.stop(goodbye_wait_ms);
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
