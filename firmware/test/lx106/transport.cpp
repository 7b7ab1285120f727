// The connection's ground in the simulated chip: descriptors that the test has opened, one for each connection. What
// listens behind them is the test's affair.
#include "../../src/bearssl/transport.h"

#include "chip-heap.h"
#include "host.h"

namespace signet {
namespace {

constexpr int32_t first_descriptor = 3;
constexpr int32_t last_descriptor = 8;
// The simulated clock is the script's: only the host's time passes while the broker thinks.
constexpr uint32_t patience_ms = 5;

int32_t descriptor = first_descriptor - 1;

int32_t pipe_read(uint8_t* out, uint32_t cap) {
  if (!host_is_readable(descriptor, patience_ms)) return 0;
  const int32_t got = host_read(descriptor, out, cap);
  return got > 0 ? got : -1;
}

int32_t pipe_write(const uint8_t* data, uint32_t len) {
  const int32_t sent = host_write(descriptor, data, len);
  return sent > 0 ? sent : -1;
}

}  // namespace

const BytePipe transport_pipe = {pipe_read, pipe_write};

void transport_resolve(const char*, uint16_t) {}
Progress transport_resolve_progress() { return Progress::done; }
void transport_connect() { descriptor++; }
Progress transport_connect_progress() { return descriptor <= last_descriptor ? Progress::done : Progress::failed; }
int32_t transport_error() { return 111; }
void transport_drop() {}
// The second stack, as the chip's core takes it from the same heap.
bool transport_prepare(uint32_t) {
  static void* const stack = chip_malloc(6200);
  return stack != nullptr;
}

}  // namespace signet
