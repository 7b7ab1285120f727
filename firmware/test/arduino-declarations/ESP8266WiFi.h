// Declarations only: the station.
#pragma once
#include <Arduino.h>
#include <lwip/dns.h>

class IPAddress {
 public:
  IPAddress(const ip_addr_t* address);
  uint8_t operator[](int index) const;
};

enum WiFiMode_t { WIFI_OFF = 0, WIFI_STA = 1, WIFI_AP = 2, WIFI_AP_STA = 3 };
enum wl_status_t { WL_IDLE_STATUS = 0, WL_CONNECTED = 3 };
enum WiFiDisconnectReason {
  WIFI_DISCONNECT_REASON_MIC_FAILURE = 14,
  WIFI_DISCONNECT_REASON_4WAY_HANDSHAKE_TIMEOUT = 15,
  WIFI_DISCONNECT_REASON_IE_IN_4WAY_DIFFERS = 17,
  WIFI_DISCONNECT_REASON_802_1X_AUTH_FAILED = 23,
  WIFI_DISCONNECT_REASON_NO_AP_FOUND = 201,
  WIFI_DISCONNECT_REASON_AUTH_FAIL = 202,
  WIFI_DISCONNECT_REASON_HANDSHAKE_TIMEOUT = 204
};
struct WiFiEventStationModeConnected {};
struct WiFiEventStationModeDisconnected {
  WiFiDisconnectReason reason;
};
// In the core a shared pointer: the subscription ends with its last copy.
class WiFiEventHandler {
 public:
  explicit operator bool() const;
};

class ESP8266WiFiClass {
 public:
  static void persistent(bool on);
  bool mode(WiFiMode_t mode);
  bool setAutoReconnect(bool on);
  bool hostname(const char* name);
  wl_status_t begin(const char* ssid, const char* passphrase = nullptr);
  bool disconnect(bool wifiOff = false);
  wl_status_t status();
  int8_t RSSI();
  IPAddress localIP();
  WiFiEventHandler onStationModeConnected(void (*callback)(const WiFiEventStationModeConnected&));
  WiFiEventHandler onStationModeDisconnected(void (*callback)(const WiFiEventStationModeDisconnected&));
};
extern ESP8266WiFiClass WiFi;
