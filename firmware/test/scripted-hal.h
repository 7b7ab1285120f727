// A machine whose every answer is scripted, for the fixture runner and the C++ tests: a clock that is moved by hand,
// files in memory, a network that gives the bytes it was handed. What the core does is written down as lines.
#pragma once
#include <stdint.h>

#include <stdexcept>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "../src/hal/hal.h"

struct ScriptedHal {
  uint64_t nowMs = 0;
  uint64_t unixAtMs = 0;   // Unix ms at unixSetMs; 0 is no network time
  uint64_t unixSetMs = 0;
  int32_t zoneOffsetS = 0;
  uint32_t nextRandom = 0;  // random bytes count upwards
  bool hasFiles = true;
  bool mayWrite = true;
  int writesLeft = -1;      // the power fails at this write: before it, nothing after it happens; -1 never
  bool isCutAfter = false;  // ... or just after it reached the flash
  bool isRestarting = false;
  int32_t resetReason = 0;
  uint8_t keep[16] = {};
  std::map<std::string, std::string> files;
  HalWifi wifi{};
  HalNet net{};
  HalReading sensor{2, 0, 0};
  std::string serialIn, netIn;
  size_t readChunk = 100000, writeChunk = 100000;
  bool isGone = false;
  bool isQuiet = false;  // keeps no lines
  std::vector<std::string> lines;
};

// Thrown by the write at which the power fails; the device must be booted again.
struct PowerCut : std::runtime_error {
  PowerCut() : std::runtime_error("power cut") {}
};

extern ScriptedHal scripted;

std::string toHex(const void* bytes, size_t size);
std::string fromHex(const std::string& hex);
// Turns the loop for so long, in the steps the core asks for.
void runFor(uint64_t ms);
