#include "wifi.h"

#include "../hal/hal.h"
#include "backoff.h"
#include "device.h"

namespace sg {

static const uint64_t kJoinMs = 20000;

static void join() {
  WifiState& wifi = device.wifi;
  const WifiNetwork& network = device.config.wifi[wifi.index];
  const Span name = device.config.id.span();
  wifi.isJoining = true;
  wifi.sinceMs = hal_millis();
  wifi.dotMs = wifi.sinceMs + 500;
  Fields fields;
  report(Stage::Wifi, State::Try, fields.number("net", wifi.index + 1).number("of", device.config.wifiCount));
  hal_wifi_join(reinterpret_cast<const uint8_t*>(network.ssid.data), network.ssid.size, network.psk.data,
                network.psk.size, name.data, name.size);
}

static const char* reasonText(int32_t code, int32_t raw) {
  if (raw == 5) return "the access point is full";
  if (raw == 200) return "the access point fell silent";
  if (code == 202) return "the password is refused";
  if (code == 203) return "DHCP gives no address";
  return device.wifi.isConnected ? "the connection was lost" : "no such network in reach";
}

static void tellFault(int32_t code, int32_t raw) {
  char line[96];
  Text text(line, sizeof line);
  text.add("No WiFi: ").add(reasonText(code, raw)).add(" (code ").decimal(code);
  if (raw != 0) text.add(", reason ").decimal(raw);
  say(text.add(')').span());
}

static void fail(const HalWifi& now) {
  WifiState& wifi = device.wifi;
  const int32_t code = now.reason == 0 ? 201 : now.reason;
  tellFault(code, now.raw);
  Fields fields;
  fields.number("e", code).number("net", wifi.index + 1);
  if (now.raw != 0) fields.number("raw", now.raw);
  if (wifi.rssi != 0) fields.number("rssi", wifi.rssi);
  reportFault(Stage::Wifi, static_cast<uint16_t>(code), fields);
  hal_wifi_leave();
  wifi.isJoining = false;
  wifi.isConnected = false;
  wifi.index = static_cast<uint8_t>((wifi.index + 1) % device.config.wifiCount);
  // The next network is tried at once; after a whole round comes the wait.
  wifi.nextMs = hal_millis() + (wifi.index == 0 ? backoffMs(wifi.failures) : 0);
  if (wifi.index == 0 && wifi.failures < 10) wifi.failures++;
}

void reportWifi() {
  const WifiState& wifi = device.wifi;
  if (!wifi.isConnected) return repeatStage(Stage::Wifi);
  char ip[16];
  Text text(ip, sizeof ip);
  Fields fields;
  fields.put("ip", text.ip(wifi.ip).span()).number("rssi", wifi.rssi);
  report(Stage::Wifi, State::Ok, fields);
}

static void connected() {
  WifiState& wifi = device.wifi;
  wifi.isJoining = false;
  wifi.isConnected = true;
  wifi.failures = 0;
  say("WiFi Connected");
  reportWifi();
}

static void waitForJoin(const HalWifi& now) {
  WifiState& wifi = device.wifi;
  if (now.state == 2) return connected();
  if (now.state == 3 || hal_millis() - wifi.sinceMs >= kJoinMs) return fail(now);
  if (hal_millis() >= wifi.dotMs) {
    wifi.dotMs += 500;
    sayDot();
  }
}

void pollWifi() {
  WifiState& wifi = device.wifi;
  HalWifi now{};
  if (!wifi.isJoining && !wifi.isConnected) {
    if (hal_millis() >= wifi.nextMs) join();
    return;
  }
  hal_wifi_poll(&now);
  wifi.rssi = now.rssi;
  copyBytes(wifi.ip, now.ip, 4);
  if (wifi.isJoining) return waitForJoin(now);
  if (now.state != 2) fail(now);
}

}  // namespace sg
