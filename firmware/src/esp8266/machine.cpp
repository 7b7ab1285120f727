// The HAL's machine: reset reason, restart, heap, and the RTC memory that outlives a reset.
#include <Arduino.h>
#include <string.h>
#include <user_interface.h>

#include "../hal/hal.h"

namespace {

// In 4-byte blocks; the first 128 bytes of the user area belong to the core's boot loader.
constexpr uint32_t keep_block = 32;
constexpr uint32_t keep_magic = 0x53474e54;

struct Kept {
  uint32_t magic;
  uint8_t bytes[16];
};

}  // namespace

int32_t hal_reset_reason() {
  switch (ESP.getResetInfoPtr()->reason) {
    case REASON_WDT_RST:
    case REASON_SOFT_WDT_RST:
      return HAL_RESET_WATCHDOG;
    case REASON_EXCEPTION_RST:
      return HAL_RESET_EXCEPTION;
    case REASON_SOFT_RESTART:
      return HAL_RESET_SOFTWARE;
    case REASON_EXT_SYS_RST:
    case REASON_DEEP_SLEEP_AWAKE:
      return HAL_RESET_EXTERNAL;
    default:
      return HAL_RESET_POWER;
  }
}

void hal_restart() {
  Serial.flush();
  ESP.restart();
}

void hal_heap(uint32_t* free_bytes, uint32_t* largest_bytes) {
  *free_bytes = ESP.getFreeHeap();
  *largest_bytes = ESP.getMaxFreeBlockSize();
}

void hal_keep_read(uint8_t* out16) {
  Kept kept;
  // After a power cut the RTC memory holds noise.
  const bool survived = hal_reset_reason() != HAL_RESET_POWER &&
                        ESP.rtcUserMemoryRead(keep_block, reinterpret_cast<uint32_t*>(&kept), sizeof kept) &&
                        kept.magic == keep_magic;
  if (survived) {
    memcpy(out16, kept.bytes, sizeof kept.bytes);
  } else {
    memset(out16, 0, sizeof kept.bytes);
  }
}

void hal_keep_write(const uint8_t* in16) {
  Kept kept = {keep_magic, {}};
  memcpy(kept.bytes, in16, sizeof kept.bytes);
  ESP.rtcUserMemoryWrite(keep_block, reinterpret_cast<uint32_t*>(&kept), sizeof kept);
}
