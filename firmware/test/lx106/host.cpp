#include "host.h"

#include <stdlib.h>

namespace {

// QEMU's simulator calls (target/xtensa/xtensa-semi.c).
constexpr int32_t call_exit = 1;
constexpr int32_t call_read = 3;
constexpr int32_t call_write = 4;
constexpr int32_t call_select_one = 29;
constexpr int32_t select_read = 1;
// One instruction is a nanosecond there; the cycle counter runs at 40 MHz of that clock.
constexpr uint64_t instructions_per_cycle = 25;

}  // namespace

int32_t host_read(int32_t descriptor, void* out, uint32_t cap) {
  return host_call(call_read, descriptor, static_cast<int32_t>(reinterpret_cast<uintptr_t>(out)), static_cast<int32_t>(cap));
}

int32_t host_write(int32_t descriptor, const void* data, uint32_t len) {
  return host_call(call_write, descriptor, static_cast<int32_t>(reinterpret_cast<uintptr_t>(data)), static_cast<int32_t>(len));
}

bool host_is_readable(int32_t descriptor, uint32_t wait_ms) {
  const uint32_t time[2] = {wait_ms / 1000, wait_ms % 1000 * 1000};
  return host_call(call_select_one, descriptor, select_read, static_cast<int32_t>(reinterpret_cast<uintptr_t>(time))) > 0;
}

uint64_t host_instructions() {
  static uint32_t last = 0;
  static uint64_t turns = 0;
  const uint32_t now = cycle_count();
  if (now < last) turns += uint64_t{1} << 32;
  last = now;
  return (turns + now) * instructions_per_cycle;
}

extern "C" {

int main();

using Constructor = void (*)();
extern Constructor init_start[], init_end[];

int32_t run_program() {
  for (Constructor* each = init_start; each < init_end; each++) (*each)();
  return main();
}

void abort() {
  static const char text[] = "lx106: aborted\n";
  host_write(2, text, sizeof text - 1);
  host_call(call_exit, 134, 0, 0);
  for (;;) {
  }
}

}  // extern "C"
