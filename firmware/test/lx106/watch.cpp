// Watches the TLS client from outside: each change of the connection's state becomes a line
// "<ms> link <state> <code> <raw> resumed <0|1> instructions <n> heap <bytes> stack <bytes>", where `n` counts since the
// start, `heap` what the TLS client holds, `stack` the deepest use so far.
#include <string.h>

#include "../../src/hal/hal.h"
#include "../scripted-hal.h"
#include "host.h"

namespace {

constexpr uint8_t paint = 0xa5;
int32_t known_state = 0;
bool is_polling = false;
uint32_t held_bytes = 0;

struct Held {
  void* place;
  uint32_t len;
};
Held held[16];

extern "C" char stack_bottom[], stack_top[];

uint32_t deepest_stack() {
  const char* at = stack_bottom;
  while (at < stack_top && static_cast<uint8_t>(*at) == paint) at++;
  return static_cast<uint32_t>(stack_top - at);
}

void paint_stack() {
  char here;
  memset(stack_bottom, paint, static_cast<size_t>(&here - stack_bottom) - 256);
}

}  // namespace

extern "C" {

void __real_hal_net_poll(HalNet* out);
void* __real_malloc(size_t len);
void __real_free(void* place);

void* __wrap_malloc(size_t len) {
  void* const place = __real_malloc(len);
  if (!is_polling) return place;
  for (Held& each : held) {
    if (each.place != nullptr) continue;
    each = {place, static_cast<uint32_t>(len)};
    held_bytes += each.len;
    return place;
  }
  return nullptr;
}

void __wrap_free(void* place) {
  for (Held& each : held) {
    if (place == nullptr || each.place != place) continue;
    held_bytes -= each.len;
    each = {nullptr, 0};
  }
  __real_free(place);
}

void __wrap_hal_net_poll(HalNet* out) {
  if (known_state == 0) paint_stack();
  is_polling = true;
  __real_hal_net_poll(out);
  is_polling = false;
  if (out->state == known_state) return;
  known_state = out->state;
  const auto number = [](uint64_t value) { return " " + std::to_string(value); };
  scripted.lines.push_back(std::to_string(scripted.nowMs) + " link" + number(out->state) + number(out->code) +
                           number(out->raw) + " resumed" + number(out->resumed) + " instructions" +
                           number(host_instructions()) + " heap" + number(held_bytes) + " stack" +
                           number(deepest_stack()));
}

}  // extern "C"
