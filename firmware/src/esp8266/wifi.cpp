// The HAL's Wi-Fi by the core's station, and the announcement of <id>.local. Tries one network at a time; which and how
// often is the firmware core's business.
#include "wifi.h"

#include <ESP8266WiFi.h>
#include <ESP8266mDNS.h>
#include <string.h>

#include "../hal/hal.h"

namespace {

// A scan of all channels and a slow access point fit in; a wrong password shows much earlier.
constexpr uint32_t join_limit_ms = 20000;
constexpr uint32_t dhcp_limit_ms = 15000;

enum class Station : uint8_t { idle, joining, failed };

Station station = Station::idle;
int32_t failure = 0;
// The last disconnect's; the SDK counts on from 200 where 802.11 ends.
int32_t reason_code = 0;
uint32_t began_ms = 0;
uint32_t associated_ms = 0;
bool associated = false;
char announced_name[33] = "";
bool announcing = false;

WiFiEventHandler on_associated;
WiFiEventHandler on_disconnected;

void fail(int32_t code) {
  failure = code;
  station = Station::failed;
}

// 802.11 reason codes with which an access point refuses a password, or the SDK reports that it did.
bool refuses_password(WiFiDisconnectReason reason) {
  return reason == WIFI_DISCONNECT_REASON_AUTH_FAIL || reason == WIFI_DISCONNECT_REASON_4WAY_HANDSHAKE_TIMEOUT ||
         reason == WIFI_DISCONNECT_REASON_HANDSHAKE_TIMEOUT || reason == WIFI_DISCONNECT_REASON_MIC_FAILURE ||
         reason == WIFI_DISCONNECT_REASON_IE_IN_4WAY_DIFFERS || reason == WIFI_DISCONNECT_REASON_802_1X_AUTH_FAILED;
}

void take_disconnect(const WiFiEventStationModeDisconnected& event) {
  associated = false;
  if (station != Station::joining) return;
  reason_code = event.reason;
  if (refuses_password(event.reason)) fail(202);
  if (event.reason == WIFI_DISCONNECT_REASON_NO_AP_FOUND) fail(201);
}

void listen_once() {
  if (on_disconnected) return;
  on_disconnected = WiFi.onStationModeDisconnected(take_disconnect);
  on_associated = WiFi.onStationModeConnected([](const WiFiEventStationModeConnected&) {
    associated = true;
    associated_ms = millis();
  });
}

void judge_limits() {
  if (associated && millis() - associated_ms > dhcp_limit_ms) return fail(203);
  if (!associated && millis() - began_ms > join_limit_ms) return fail(201);
}

void announce() {
  if (announced_name[0] == '\0') return;
  if (announcing) {
    MDNS.notifyAPChange();
  } else {
    announcing = MDNS.begin(announced_name);
  }
}

}  // namespace

void signet_chip::mdns_update() {
  if (announcing) MDNS.update();
}

void hal_wifi_join(const uint8_t* ssid, uint32_t ssid_len, const char* psk, uint32_t psk_len, const char* host_name,
                   uint32_t host_name_len) {
  char network[33] = "";
  char password[65] = "";
  memcpy(network, ssid, ssid_len < sizeof network ? ssid_len : sizeof network - 1);
  memcpy(password, psk, psk_len < sizeof password ? psk_len : sizeof password - 1);
  memset(announced_name, 0, sizeof announced_name);
  memcpy(announced_name, host_name, host_name_len < sizeof announced_name ? host_name_len : sizeof announced_name - 1);

  listen_once();
  WiFi.disconnect(false);
  WiFi.hostname(announced_name);
  station = Station::joining;
  failure = 0;
  reason_code = 0;
  associated = false;
  began_ms = millis();
  WiFi.begin(network, psk_len == 0 ? nullptr : password);
  memset(password, 0, sizeof password);
}

void hal_wifi_leave() {
  station = Station::idle;
  WiFi.disconnect(false);
}

void hal_wifi_poll(HalWifi* out) {
  static bool was_connected = false;
  memset(out, 0, sizeof *out);
  const bool connected = station == Station::joining && WiFi.status() == WL_CONNECTED;
  if (connected && !was_connected) announce();
  if (was_connected && !connected && station == Station::joining) fail(201);
  was_connected = connected;
  if (station == Station::joining && !connected) judge_limits();
  out->state = connected ? 2 : station == Station::joining ? 1 : station == Station::failed ? 3 : 0;
  out->reason = failure;
  if (!connected) out->raw = reason_code;
  if (!connected) return;
  out->rssi = WiFi.RSSI();
  const IPAddress address = WiFi.localIP();
  for (int i = 0; i < 4; i++) out->ip[i] = address[i];
}
