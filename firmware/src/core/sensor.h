// Takes a reading every so often and tells everybody: the console from the first second, the broker when there is one.
#pragma once
#include "bytes.h"

namespace sg {

struct Reading {
  bool isTaken, isGood;
  int32_t temperature, humidity;  // tenths of a degree Celsius, tenths of a percent
  uint32_t sequence;
  uint64_t takenMs;
  bool isPublished;
};

struct SensorState {
  bool isBusy;
  uint64_t nextMs, startedMs;
  uint32_t everyS;
  uint32_t nextSequence;
  Reading last;
};

void startSensor();
void pollSensor();
void readSoon();

}  // namespace sg
