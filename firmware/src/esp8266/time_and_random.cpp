// The HAL's clocks by the core's millisecond counter and lwIP's SNTP, its randomness by the radio's generator.
#include <Arduino.h>
#include <coredecls.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#include "../hal/hal.h"

namespace {

constexpr uint32_t max_servers = 3;
// SNTP keeps the pointers it is given.
char server_names[max_servers][65];
bool answered = false;

void split_servers(const char* servers, uint32_t len) {
  for (auto& name : server_names) name[0] = '\0';
  uint32_t index = 0;
  uint32_t at = 0;
  for (uint32_t i = 0; i < len && index < max_servers; i++) {
    if (servers[i] == ',') {
      index++;
      at = 0;
    } else if (at + 1 < sizeof server_names[0]) {
      server_names[index][at++] = servers[i];
      server_names[index][at] = '\0';
    }
  }
}

const char* server(uint32_t index) { return server_names[index][0] == '\0' ? nullptr : server_names[index]; }

}  // namespace

uint64_t hal_millis() { return micros64() / 1000; }

void hal_time_start(const char* servers, uint32_t servers_len, const char* tz, uint32_t tz_len) {
  static bool listening = false;
  if (!listening) settimeofday_cb([](bool from_sntp) { answered = answered || from_sntp; });
  listening = true;
  char zone[49] = "";
  memcpy(zone, tz, tz_len < sizeof zone ? tz_len : sizeof zone - 1);
  split_servers(servers, servers_len);
  configTime(zone, server(0), server(1), server(2));
}

int32_t hal_zone_offset(uint64_t unix_s) {
  const time_t at = static_cast<time_t>(unix_s);
  tm local;
  tm utc;
  localtime_r(&at, &local);
  gmtime_r(&at, &utc);
  int days = local.tm_yday - utc.tm_yday;
  if (days > 1) days = -1;  // across the turn of the year
  if (days < -1) days = 1;
  return ((days * 24 + local.tm_hour - utc.tm_hour) * 60 + local.tm_min - utc.tm_min) * 60 + local.tm_sec - utc.tm_sec;
}

uint64_t hal_unix_ms() {
  if (!answered) return 0;
  timeval now;
  gettimeofday(&now, nullptr);
  return static_cast<uint64_t>(now.tv_sec) * 1000 + static_cast<uint64_t>(now.tv_usec) / 1000;
}

void hal_random(uint8_t* out, uint32_t len) { ESP.random(out, len); }
