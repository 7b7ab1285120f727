#include "chip-heap.h"

namespace {

// docs/assumptions.md: the heap before Wi-Fi, by the chip's link; and what Wi-Fi and lwIP are believed to take of it.
constexpr uint32_t heap_bytes = 32044;
constexpr uint32_t wifi_bytes = 8192;
constexpr uint32_t header_bytes = 8;

// Blocks lie side by side from the arena's begin to its end, each behind its header.
struct Header {
  uint32_t len;  // without the header, a multiple of 8
  uint32_t is_taken;
};

alignas(8) uint8_t arena[heap_bytes / 8 * 8];
uint8_t* const arena_end = arena + sizeof arena;
ChipHeapUse use = {};
bool is_ready = false;
bool is_scattered = false;

Header* at(uint8_t* place) { return reinterpret_cast<Header*>(place); }
Header* block_of(void* place) { return at(static_cast<uint8_t*>(place) - header_bytes); }
uint8_t* behind(Header* block) { return reinterpret_cast<uint8_t*>(block) + header_bytes + block->len; }

void join_free_blocks() {
  for (uint8_t* place = arena; place < arena_end;) {
    Header* const block = at(place);
    uint8_t* const next = behind(block);
    if (!block->is_taken && next < arena_end && !at(next)->is_taken) {
      block->len += header_bytes + at(next)->len;
    } else {
      place = next;
    }
  }
}

void* take(uint32_t wanted) {
  const uint32_t len = (wanted + 7) / 8 * 8;
  for (uint8_t* place = arena; place < arena_end; place = behind(at(place))) {
    Header* const block = at(place);
    if (block->is_taken || block->len < len) continue;
    if (block->len >= len + 2 * header_bytes) {
      const uint32_t rest = block->len - len - header_bytes;
      block->len = len;
      *at(behind(block)) = {rest, 0};
    }
    block->is_taken = 1;
    return place + header_bytes;
  }
  return nullptr;
}

void release(void* place) {
  block_of(place)->is_taken = 0;
  join_free_blocks();
}

void make_ready() {
  if (is_ready) return;
  is_ready = true;
  *at(arena) = {sizeof arena - header_bytes, 0};
  take(wifi_bytes);
}

}  // namespace

void* chip_malloc(size_t len) {
  make_ready();
  use.allocations++;
  void* const place = take(static_cast<uint32_t>(len));
  if (place == nullptr) {
    use.failed++;
  } else {
    use.held_bytes += block_of(place)->len;
  }
  return place;
}

void chip_free(void* place) {
  if (place == nullptr) return;
  use.held_bytes -= block_of(place)->len;
  release(place);
}

void scatter_chip_heap(uint32_t hole_bytes) {
  if (is_scattered) return;
  is_scattered = true;
  make_ready();
  // Walls and holes by turns until nothing fits; then the holes are given back.
  void* holes[64];
  uint32_t count = 0;
  while (count < 64) {
    holes[count] = take(hole_bytes);
    if (holes[count] == nullptr) break;
    count++;
    if (take(hole_bytes) == nullptr) break;
  }
  while (count > 0) release(holes[--count]);
}

ChipHeapUse chip_heap_use() {
  make_ready();
  ChipHeapUse now = use;
  now.free_bytes = now.largest_bytes = 0;
  for (uint8_t* place = arena; place < arena_end; place = behind(at(place))) {
    const Header* const block = at(place);
    if (block->is_taken) continue;
    now.free_bytes += block->len;
    if (block->len > now.largest_bytes) now.largest_bytes = block->len;
  }
  return now;
}
