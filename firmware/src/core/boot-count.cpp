#include "boot-count.h"

#include "../hal/hal.h"
#include "bytes.h"

namespace sg {

static const uint8_t kMaxBadBoots = 10;

// "SGK1", the count, its complement: random memory after a power cut is not mistaken for a count.
static uint8_t readCount() {
  uint8_t keep[16];
  hal_keep_read(keep);
  const bool isOurs = equalBytes(keep, "SGK1", 4) && (keep[4] ^ keep[5]) == 0xff;
  return isOurs ? keep[4] : 0;
}

static void writeCount(uint8_t count) {
  uint8_t keep[16] = {'S', 'G', 'K', '1', count, static_cast<uint8_t>(count ^ 0xff)};
  hal_keep_write(keep);
}

bool countBoot() {
  const int32_t reason = hal_reset_reason();
  const uint8_t before = reason == HAL_RESET_POWER ? 0 : readCount();
  if (before >= kMaxBadBoots) return true;
  // A press of the reset button (or a console that opens) is no failure of the program.
  const bool isByHand = reason == HAL_RESET_EXTERNAL || reason == HAL_RESET_POWER;
  writeCount(static_cast<uint8_t>(isByHand ? before : before + 1));
  return false;
}

void clearBootCount() { writeCount(0); }

}  // namespace sg
