// The HAL's Wi-Fi as a simulation: joining takes a moment and ends as the options say.
#include <string.h>

#include "../hal/hal.h"
#include "host.h"

using namespace signet_host;

namespace {

enum class Joining { idle, joining };
Joining state = Joining::idle;
uint64_t decided_at_ms = 0;

int32_t failure_code() {
  if (options().wifi == "no-ap") return 201;
  if (options().wifi == "auth") return 202;
  return options().wifi == "dhcp" ? 203 : 0;
}

}  // namespace

void hal_wifi_join(const uint8_t* ssid, uint32_t ssid_len, const char*, uint32_t, const char* host_name,
                   uint32_t host_name_len) {
  state = Joining::joining;
  decided_at_ms = hal_millis() + options().wifi_after_ms;
  report("wifi %.*s %.*s", static_cast<int>(ssid_len), reinterpret_cast<const char*>(ssid),
         static_cast<int>(host_name_len), host_name);
}

void hal_wifi_leave() { state = Joining::idle; }

void hal_wifi_poll(HalWifi* out) {
  memset(out, 0, sizeof *out);
  if (state == Joining::idle) return;
  out->state = 1;
  if (hal_millis() < decided_at_ms) return;
  out->reason = failure_code();
  out->state = out->reason == 0 ? 2 : 3;
  out->raw = out->reason == 201 ? 201 : out->reason == 202 ? 15 : 0;  // as the SDK numbers them
  if (out->state != 2) return;
  out->rssi = options().rssi_dbm;
  const uint8_t loopback[4] = {127, 0, 0, 1};
  memcpy(out->ip, loopback, sizeof loopback);
}
