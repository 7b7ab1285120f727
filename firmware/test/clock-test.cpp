// Somebody who answers for the time server: what a forged time may do to the stored floor, and what it may not.
#include <stdio.h>

#include "../src/core/device.h"
#include "test-device.h"

static const char kConfig[] =
    "{\"v\":1,\"project\":\"porch\",\"id\":\"porch-1\",\"wifi\":[{\"ssid\":\"home\",\"psk\":\"password1\"}],"
    "\"mqtt\":{\"host\":\"broker.local\"}}";
static const uint64_t kFloorS = 1790000000;
static const uint64_t kDayMs = 24 * 3600 * 1000ull;
static const uint64_t kHourMs = 3600 * 1000ull;

static uint64_t storedS() { return std::stoull(scripted.files["/clk"]); }

static void setUnix(uint64_t unixMs) {
  scripted.unixAtMs = unixMs;
  scripted.unixSetMs = scripted.nowMs;
}

// The broker answers no ping: logs in again whenever the connection is given up, as after fifteen minutes without one the
// device would start again.
static void stayOnline(uint64_t ms) {
  for (const uint64_t end = scripted.nowMs + ms; scripted.nowMs < end;) {
    runFor(5000);
    CHECK(!scripted.isRestarting);
    if (!sg::isOnline()) goOnline();
  }
}

// A start at which the time server says so.
static void startAt(uint64_t unixMs) {
  scripted.nowMs = 60;
  scripted.netIn.clear();
  setUnix(unixMs);
  bootDevice();
  goOnline();
  runFor(100);
}

static void putFloor() {
  putDevice(kConfig);
  scripted.files["/clk"] = std::to_string(kFloorS) + "\n";
}

static void aDayOnIsStoredAtOnce() {
  putFloor();
  startAt(kFloorS * 1000 + kDayMs + 60000);
  CHECK(storedS() - kFloorS - kDayMs / 1000 < 120);
}

static void lessThanADayIsNotStored() {
  putFloor();
  startAt(kFloorS * 1000 + kDayMs - 4 * kHourMs);
  stayOnline(3 * kHourMs);
  CHECK(storedS() == kFloorS);
}

// One forged answer, and the true one an hour later. The next start is as if nothing had been.
static void aForgedAnswerIsForgotten() {
  putFloor();
  startAt((kFloorS + 300 * 86400) * 1000);
  CHECK(sg::device.clock.isSynchronised && storedS() == kFloorS);
  stayOnline(kHourMs);
  setUnix(kFloorS * 1000 + kHourMs);
  stayOnline(4 * kHourMs);
  CHECK(!sg::device.clock.isSynchronised && storedS() == kFloorS);
  startAt(kFloorS * 1000 + 5 * kHourMs);
  CHECK(sg::device.clock.isSynchronised && storedS() == kFloorS);
}

// The same when the device starts again before the true answer.
static void aRestartForgetsIt() {
  putFloor();
  for (int i = 0; i < 20; i++) {
    startAt((kFloorS + 300 * 86400) * 1000);
    stayOnline(kHourMs);
  }
  CHECK(storedS() == kFloorS);
}

// A board that lay in a drawer: its leap is real, and stored once the servers have stood by it. It is the time of the
// login, at which the broker's certificate was judged.
static void aLeapThatHoldsIsStored() {
  putFloor();
  const uint64_t trueS = kFloorS + 300 * 86400;
  startAt(trueS * 1000);
  stayOnline(2 * kHourMs);
  CHECK(storedS() == kFloorS);
  stayOnline(kHourMs);
  CHECK(storedS() >= trueS && storedS() < trueS + 60);
}

// The board's own notion of time, without any server, is no news.
static void theFloorsOwnTimeIsNotStored() {
  putFloor();
  scripted.nowMs = 60;
  bootDevice();
  scripted.wifi = HalWifi{2, 0, -58, {192, 168, 1, 40}, 0};
  runFor(10000);
  sg::confirmClock();
  runFor(10 * 60000);
  CHECK(storedS() == kFloorS);
}

static void aFailedWriteIsNotTriedInEveryTurn() {
  putFloor();
  scripted.mayWrite = false;
  startAt(kFloorS * 1000 + kDayMs + 60000);
  runFor(5000);
  CHECK(countLines(" file /clk") == 1);
}

int main() {
  aDayOnIsStoredAtOnce();
  lessThanADayIsNotStored();
  aForgedAnswerIsForgotten();
  aRestartForgetsIt();
  aLeapThatHoldsIsStored();
  theFloorsOwnTimeIsNotStored();
  aFailedWriteIsNotTriedInEveryTurn();
  printf("clock: a forged time is not stored, neither at once nor by starting again; a real leap is, after hours\n");
  return 0;
}
