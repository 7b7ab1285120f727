// The HAL's machine: reset reason, restart by running the program anew, and the memory that outlives a restart.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../hal/hal.h"
#include "host.h"

using namespace signet_host;

namespace {

constexpr char restarted_variable[] = "SIGNET_HOST_RESTARTED";
constexpr int restart_exit_code = 42;
constexpr uint32_t keep_bytes = 16;
// What the chip has about that moment; nothing here is measured.
constexpr uint32_t nominal_heap_bytes = 32768;

char** arguments = nullptr;
uint8_t memory[keep_bytes];

std::string keep_path() { return options().state_dir.empty() ? "" : options().state_dir + "/.keep"; }

}  // namespace

void signet_host::keep_arguments(char** argv) { arguments = argv; }

int32_t hal_reset_reason() {
  if (getenv(restarted_variable) != nullptr) return HAL_RESET_SOFTWARE;
  const char* const reasons[] = {"power", "external", "software", "watchdog", "exception"};
  for (int32_t i = 0; i < 5; i++) {
    if (options().reset == reasons[i]) return i;
  }
  return HAL_RESET_POWER;
}

void hal_restart() {
  report("restart");
  if (options().exit_on_restart) exit(restart_exit_code);
  setenv(restarted_variable, "1", 1);
  execv("/proc/self/exe", arguments);
  exit(restart_exit_code);
}

void hal_heap(uint32_t* free_bytes, uint32_t* largest_bytes) {
  *free_bytes = nominal_heap_bytes;
  *largest_bytes = nominal_heap_bytes;
}

void hal_keep_read(uint8_t* out16) {
  memset(out16, 0, keep_bytes);
  if (hal_reset_reason() != HAL_RESET_POWER) {
    FILE* file = keep_path().empty() ? nullptr : fopen(keep_path().c_str(), "rb");
    if (file != nullptr) {
      if (fread(memory, 1, keep_bytes, file) != keep_bytes) memset(memory, 0, keep_bytes);
      fclose(file);
    }
  }
  memcpy(out16, memory, keep_bytes);
}

void hal_keep_write(const uint8_t* in16) {
  memcpy(memory, in16, keep_bytes);
  FILE* file = keep_path().empty() ? nullptr : fopen(keep_path().c_str(), "wb");
  if (file == nullptr) return;
  fwrite(memory, 1, keep_bytes, file);
  fclose(file);
}
