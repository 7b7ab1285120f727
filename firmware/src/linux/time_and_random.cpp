// The HAL's clocks and randomness by the kernel's. Unix time is unknown until the firmware has asked for it and the
// simulated first answer has come.
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include <string>

#include "../hal/hal.h"
#include "host.h"

using namespace signet_host;

namespace {

uint64_t clock_ms(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000 + static_cast<uint64_t>(now.tv_nsec) / 1000000;
}

bool asked = false;
uint64_t answered_at_ms = 0;

}  // namespace

uint64_t hal_millis() {
  static const uint64_t boot_ms = clock_ms(CLOCK_MONOTONIC);
  return clock_ms(CLOCK_MONOTONIC) - boot_ms;
}

void hal_time_start(const char*, uint32_t, const char* tz, uint32_t tz_len) {
  setenv("TZ", std::string(tz, tz_len).c_str(), 1);
  tzset();
  if (asked) return;
  asked = true;
  answered_at_ms = hal_millis() + options().time_after_ms;
}

int32_t hal_zone_offset(uint64_t unix_s) {
  const time_t at = static_cast<time_t>(unix_s);
  tm local{};
  localtime_r(&at, &local);
  return static_cast<int32_t>(local.tm_gmtoff);
}

uint64_t hal_unix_ms() {
  if (!asked || options().time == "none" || hal_millis() < answered_at_ms) return 0;
  if (options().time == "real") return clock_ms(CLOCK_REALTIME);
  return options().unix_time_s * 1000 + hal_millis() - answered_at_ms;
}

void hal_random(uint8_t* out, uint32_t len) {
  while (len > 0) {
    const ssize_t got = getrandom(out, len, 0);
    if (got <= 0) abort();  // without randomness nothing here may go on
    out += got;
    len -= static_cast<uint32_t>(got);
  }
}
