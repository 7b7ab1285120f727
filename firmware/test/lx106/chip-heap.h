// The heap that the chip has for the connection and the files: as large as the chip's link leaves it, and broken into
// small holes once the connection stands. Everything else in a test lives on the host's heap.
#pragma once
#include <stddef.h>
#include <stdint.h>

extern "C" {
// Null when no hole is large enough, which is counted. bearssl/ is compiled to call these two.
void* chip_malloc(size_t len);
void chip_free(void* place);
}

// Leaves half of what is free, in holes of at most `hole_bytes` with something in between; once.
void scatter_chip_heap(uint32_t hole_bytes);

struct ChipHeapUse {
  uint32_t allocations;  // ever
  uint32_t failed;       // ever
  uint32_t held_bytes;   // by chip_malloc, without what the blocks themselves cost
  uint32_t free_bytes;
  uint32_t largest_bytes;
};
ChipHeapUse chip_heap_use();
