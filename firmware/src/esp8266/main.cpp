// The chip's entry points. This folder is the only place with Arduino includes.
#include <Arduino.h>
#include <ESP8266WiFi.h>

#include "../core/signet.h"
#include "wifi.h"

namespace {

// Short, so that TLS and the console are served at once; long enough for the radio's own work.
constexpr uint32_t longest_rest_ms = 5;

}  // namespace

void setup() {
  // The SDK would keep the password in its own flash sectors, and reconnect by itself behind the core's back.
  WiFi.persistent(false);
  WiFi.setAutoReconnect(false);
  WiFi.mode(WIFI_STA);
  sg_setup();
}

void loop() {
  const uint32_t wait_ms = sg_loop();
  signet_chip::mdns_update();
  delay(wait_ms < longest_rest_ms ? wait_ms : longest_rest_ms);
}
