// Watches the TLS client from outside: each change of the connection's state becomes a line
// "<ms> link <state> <code> <raw> resumed <0|1> instructions <n> heap <bytes> stack <bytes> allocations <n>": instructions
// since the start without the watching, bytes that the TLS client holds, the deepest that BearSSL's engine ever reached
// below its entry, and allocations since the last such line.
#include <bearssl.h>
#include <string.h>

#include "../../src/hal/hal.h"
#include "../scripted-hal.h"
#include "host.h"

namespace {

constexpr uint32_t paint = 0xa5a5a5a5;
int32_t known_state = 0;
bool is_polling = false;
uint32_t held_bytes = 0;
uint32_t allocations = 0;
uint32_t engine_stack = 0;
uint64_t watching = 0;

struct Held {
  void* place;
  uint32_t len;
};
Held held[16];

extern "C" char stack_bottom[];

using EngineCall = void (*)(br_ssl_engine_context* engine, size_t len);

// The stack below is painted, then looked at for how far the paint is gone.
__attribute__((noinline)) void watch_stack(EngineCall call, br_ssl_engine_context* engine, size_t len) {
  const uint64_t began = host_instructions();
  uint32_t* const bottom = reinterpret_cast<uint32_t*>(stack_bottom);
  uint32_t* const here = static_cast<uint32_t*>(__builtin_frame_address(0));
  // What lies right below belongs to this function's own calls.
  for (uint32_t* at = bottom; at < here - 32; at++) *at = paint;
  const uint64_t called = host_instructions();
  call(engine, len);
  const uint64_t returned = host_instructions();
  const uint32_t* at = bottom;
  while (at < here && *at == paint) at++;
  const uint32_t used = static_cast<uint32_t>(here - at) * 4;
  if (used > engine_stack) engine_stack = used;
  watching += host_instructions() - returned + (called - began);
}

}  // namespace

extern "C" {

void __real_hal_net_poll(HalNet* out);
void __real_br_ssl_engine_recvrec_ack(br_ssl_engine_context* engine, size_t len);
void __real_br_ssl_engine_sendrec_ack(br_ssl_engine_context* engine, size_t len);
void* __real_malloc(size_t len);
void __real_free(void* place);

void __wrap_br_ssl_engine_recvrec_ack(br_ssl_engine_context* engine, size_t len) {
  watch_stack(__real_br_ssl_engine_recvrec_ack, engine, len);
}

void __wrap_br_ssl_engine_sendrec_ack(br_ssl_engine_context* engine, size_t len) {
  watch_stack(__real_br_ssl_engine_sendrec_ack, engine, len);
}

void* __wrap_malloc(size_t len) {
  void* const place = __real_malloc(len);
  if (!is_polling) return place;
  allocations++;
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
  is_polling = true;
  __real_hal_net_poll(out);
  is_polling = false;
  if (out->state == known_state) return;
  known_state = out->state;
  const auto number = [](uint64_t value) { return " " + std::to_string(value); };
  scripted.lines.push_back(std::to_string(scripted.nowMs) + " link" + number(out->state) + number(out->code) +
                           number(out->raw) + " resumed" + number(out->resumed) + " instructions" +
                           number(host_instructions() - watching) + " heap" + number(held_bytes) + " stack" +
                           number(engine_stack) + " allocations" + number(allocations));
  allocations = 0;
}

}  // extern "C"
