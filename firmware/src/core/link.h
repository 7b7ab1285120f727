// The way to the broker: TLS connection, login, subscription, and again after a wait when it breaks.
#pragma once
#include "../hal/hal.h"
#include "bytes.h"

namespace sg {

enum class LinkPhase : uint8_t { Closed, Opening, LoggingIn, Subscribing, Online };

struct LinkState {
  LinkPhase phase;
  uint8_t failures;
  int32_t netState;
  uint64_t sinceMs, nextMs, onlineMs;
  uint64_t lastOnlineMs;  // when it was last in use; 0: never yet
  uint32_t connections, tlsMs;
  uint16_t tlsError;
  HalTls tls;
};

void pollLink(bool mayConnect);
bool isOnline();
bool isLinkOpen();
// Restarts after a quarter of an hour without the broker: what no new attempt heals, a fresh start may.
void pollLoneliness();

}  // namespace sg
