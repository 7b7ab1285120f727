// What the compiler expects of a C library, and the module's exports. The HAL's functions are imports of "hal".
#include "../core/signet.h"
#include <stddef.h>
#include <stdint.h>

extern "C" {

void* memcpy(void* to, const void* from, size_t size) {
  uint8_t* out = static_cast<uint8_t*>(to);
  const uint8_t* in = static_cast<const uint8_t*>(from);
  for (size_t i = 0; i < size; i++) out[i] = in[i];
  return to;
}

void* memset(void* to, int value, size_t size) {
  uint8_t* out = static_cast<uint8_t*>(to);
  for (size_t i = 0; i < size; i++) out[i] = static_cast<uint8_t>(value);
  return to;
}

int memcmp(const void* a, const void* b, size_t size) {
  const uint8_t* x = static_cast<const uint8_t*>(a);
  const uint8_t* y = static_cast<const uint8_t*>(b);
  for (size_t i = 0; i < size; i++) {
    if (x[i] != y[i]) return x[i] < y[i] ? -1 : 1;
  }
  return 0;
}

__attribute__((export_name("sg_setup"))) void sg_module_setup(void) { sg_setup(); }
__attribute__((export_name("sg_loop"))) uint32_t sg_module_loop(void) { return sg_loop(); }

}  // extern "C"
