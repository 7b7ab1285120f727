// Joins the configured networks in turn and stays joined.
#pragma once
#include "bytes.h"

namespace sg {

struct WifiState {
  uint8_t index, failures;
  bool isJoining, isConnected;
  uint64_t sinceMs, nextMs, dotMs;
  uint8_t ip[4];
  int32_t rssi;
};

void pollWifi();
void reportWifi();

}  // namespace sg
