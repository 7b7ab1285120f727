// For the adapter's transport on Linux: the one object it asks about memory.
#pragma once
#include <stdint.h>

struct EspClass {
  static uint32_t getFreeHeap() { return 40000; }
  static uint32_t getMaxFreeBlockSize() { return 30000; }
};
extern EspClass ESP;
