// Watches the TLS client from outside: each change of the connection's state becomes a line
// "<ms> link <state> <code> <raw> resumed <0|1> instructions <n> heap <bytes> stack <bytes> allocations <n>": instructions
// since the start without the watching, bytes that the TLS client holds with the second stack, the deepest that BearSSL
// ever reached below its entry, and allocations of the TLS client since the last such line. The heap is the chip's, broken into small
// holes once a connection stands; a restart says "<ms> memory allocations <n> failed <n> free <bytes> largest <bytes>
// stack <bytes>" of everything up to then, with the files that were open and the arithmetic of a rotation.
// Each reading begins with "<ms> reading instructions <n>".
#include <bearssl.h>
#include <string.h>

#include "../../src/hal/hal.h"
#include "../scripted-hal.h"
#include "chip-heap.h"
#include "host.h"

namespace {

constexpr uint32_t paint = 0xa5a5a5a5;
constexpr uint32_t hole_bytes = 512;
// What an open file of the core's LittleFS takes: the driver's file with its cache of 64, and the objects around it.
constexpr uint32_t file_bytes = 256;
int32_t known_state = 0;
uint32_t file_allocations = 0;
uint32_t known_allocations = 0;
uint32_t engine_stack = 0;
uint64_t watching = 0;

extern "C" char stack_bottom[];

// The stack below is painted, then looked at for how far the paint is gone.
template <typename Call>
__attribute__((noinline)) void watch_stack(Call call) {
  const uint64_t began = host_instructions();
  uint32_t* const bottom = reinterpret_cast<uint32_t*>(stack_bottom);
  uint32_t* const here = static_cast<uint32_t*>(__builtin_frame_address(0));
  // What lies right below belongs to this function's own calls.
  for (uint32_t* at = bottom; at < here - 32; at++) *at = paint;
  const uint64_t called = host_instructions();
  call();
  const uint64_t returned = host_instructions();
  const uint32_t* at = bottom;
  while (at < here && *at == paint) at++;
  const uint32_t used = static_cast<uint32_t>(here - at) * 4;
  if (used > engine_stack) engine_stack = used;
  watching += host_instructions() - returned + (called - began);
}

// An open file for as long as this lives.
struct OpenFile {
  void* const place = chip_malloc(file_bytes);
  OpenFile() { file_allocations++; }
  ~OpenFile() { chip_free(place); }
  bool is_open() const { return place != nullptr; }
};

std::string number(uint64_t value) { return " " + std::to_string(value); }

}  // namespace

extern "C" {

void __real_hal_net_poll(HalNet* out);
void __real_br_ssl_engine_recvrec_ack(br_ssl_engine_context* engine, size_t len);
void __real_br_ssl_engine_sendrec_ack(br_ssl_engine_context* engine, size_t len);
int32_t __real_hal_ec_public(const uint8_t* scalar, uint8_t* point);
int32_t __real_hal_ec_sign(const uint8_t* scalar, const uint8_t* digest, uint8_t* signature);
int32_t __real_hal_gcm_open(const uint8_t* key, const uint8_t* nonce, const uint8_t* aad, uint32_t aad_len, uint8_t* data,
                            uint32_t len);
int32_t __real_hal_file_read(const char* path, uint32_t path_len, uint8_t* out, uint32_t cap);
int32_t __real_hal_file_part(const char* path, uint32_t path_len, uint32_t offset, uint8_t* out, uint32_t cap);
int32_t __real_hal_file_replace(const char* path, uint32_t path_len, const uint8_t* data, uint32_t len);
int32_t __real_hal_file_append(const char* path, uint32_t path_len, const uint8_t* data, uint32_t len);
void __real_hal_restart();
void __real_hal_sensor_start(int32_t type, int32_t pin);

void __wrap_br_ssl_engine_recvrec_ack(br_ssl_engine_context* engine, size_t len) {
  watch_stack([=] { __real_br_ssl_engine_recvrec_ack(engine, len); });
}

void __wrap_br_ssl_engine_sendrec_ack(br_ssl_engine_context* engine, size_t len) {
  watch_stack([=] { __real_br_ssl_engine_sendrec_ack(engine, len); });
}

int32_t __wrap_hal_ec_public(const uint8_t* scalar, uint8_t* point) {
  int32_t result = 0;
  watch_stack([&] { result = __real_hal_ec_public(scalar, point); });
  return result;
}

int32_t __wrap_hal_ec_sign(const uint8_t* scalar, const uint8_t* digest, uint8_t* signature) {
  int32_t result = 0;
  watch_stack([&] { result = __real_hal_ec_sign(scalar, digest, signature); });
  return result;
}

int32_t __wrap_hal_gcm_open(const uint8_t* key, const uint8_t* nonce, const uint8_t* aad, uint32_t aad_len, uint8_t* data,
                            uint32_t len) {
  int32_t result = 0;
  watch_stack([&] { result = __real_hal_gcm_open(key, nonce, aad, aad_len, data, len); });
  return result;
}

int32_t __wrap_hal_file_read(const char* path, uint32_t path_len, uint8_t* out, uint32_t cap) {
  const OpenFile file;
  return file.is_open() ? __real_hal_file_read(path, path_len, out, cap) : -3;
}

int32_t __wrap_hal_file_part(const char* path, uint32_t path_len, uint32_t offset, uint8_t* out, uint32_t cap) {
  const OpenFile file;
  return file.is_open() ? __real_hal_file_part(path, path_len, offset, out, cap) : -3;
}

int32_t __wrap_hal_file_replace(const char* path, uint32_t path_len, const uint8_t* data, uint32_t len) {
  const OpenFile file;
  return file.is_open() ? __real_hal_file_replace(path, path_len, data, len) : -1;
}

int32_t __wrap_hal_file_append(const char* path, uint32_t path_len, const uint8_t* data, uint32_t len) {
  const OpenFile file;
  return file.is_open() ? __real_hal_file_append(path, path_len, data, len) : -1;
}

void __wrap_hal_sensor_start(int32_t type, int32_t pin) {
  scripted.lines.push_back(std::to_string(scripted.nowMs) + " reading instructions" + number(host_instructions() - watching));
  __real_hal_sensor_start(type, pin);
}

void __wrap_hal_restart() {
  const ChipHeapUse heap = chip_heap_use();
  scripted.lines.push_back(std::to_string(scripted.nowMs) + " memory allocations" + number(heap.allocations) + " failed" +
                           number(heap.failed) + " free" + number(heap.free_bytes) + " largest" + number(heap.largest_bytes) +
                           " stack" + number(engine_stack));
  __real_hal_restart();
}

void __wrap_hal_net_poll(HalNet* out) {
  __real_hal_net_poll(out);
  if (out->state == known_state) return;
  known_state = out->state;
  const ChipHeapUse heap = chip_heap_use();
  const uint32_t made = heap.allocations - file_allocations;
  scripted.lines.push_back(std::to_string(scripted.nowMs) + " link" + number(out->state) + number(out->code) +
                           number(out->raw) + " resumed" + number(out->resumed) + " instructions" +
                           number(host_instructions() - watching) + " heap" + number(heap.held_bytes) + " stack" +
                           number(engine_stack) + " allocations" + number(made - known_allocations));
  known_allocations = made;
  if (out->state == 4) scatter_chip_heap(hole_bytes);
}

}  // extern "C"
