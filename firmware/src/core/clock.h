// Unix time: the network's once it is known and not behind the floor, else the floor and what passed since the start.
#pragma once
#include "bytes.h"

namespace sg {

struct ClockState {
  uint64_t seenS;  // the latest time believed since the start
  uint64_t floorS;  // as stored in /clk; only ever forward
  uint64_t judgedS;  // the last login's time, not stored yet; 0: none
  bool isStarted, isSynchronised;
  uint64_t startedAtMs, judgedAtMs;
};

void loadClockFloor();
void pollClock(bool hasNetwork);
uint64_t clockNowMs();  // 0 when nothing is known
// Whether a connection may be judged by clockNowMs(): the network's time is there, or it was waited for and a floor is.
bool clockIsReady();
// The broker's certificate was good at this time: it may become the floor. Written at most daily; a leap only once the
// time servers have stood by it for hours, since a single forged answer could make one.
void confirmClock();

}  // namespace sg
