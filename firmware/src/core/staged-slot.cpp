#include "staged-slot.h"

#include "../hal/hal.h"
#include "slots.h"
#include "text.h"

namespace sg {

struct SlotPath {
  char text[8];
  uint32_t size;
};

static SlotPath pathOf(char slot, const char* kind) {
  SlotPath path{};
  Text text(path.text, sizeof path.text);
  text.add('/').add(slot).add('.').add(kind);
  path.size = text.size();
  return path;
}

static SlotPath pathOf(char slot, SlotFile file) {
  Span names = spanOf(kSlotFileNames);
  Span name{};
  for (int i = 0; i <= file; i++) name = cut(&names, ' ');
  char kind[4] = {};
  copyBytes(kind, name.data, name.size);
  return pathOf(slot, kind);
}

static bool replace(const SlotPath& path, const uint8_t* bytes, uint32_t size) {
  return hal_file_replace(path.text, path.size, bytes, size) == 0;
}

bool voidSeal(char slot) {
  const uint8_t nothing = 0;
  return replace(pathOf(slot, "ok"), &nothing, 1);
}

bool writePart(char slot, SlotFile file, bool isFirst, const uint8_t* bytes, uint32_t size) {
  const SlotPath path = pathOf(slot, file);
  return isFirst ? replace(path, bytes, size) : hal_file_append(path.text, path.size, bytes, size) == 0;
}

bool copySlotFile(char from, char to, SlotFile file, uint8_t* scratch, uint32_t room) {
  const SlotPath path = pathOf(from, file);
  uint32_t offset = 0;
  for (;;) {
    const int32_t size = hal_file_part(path.text, path.size, offset, scratch, room);
    if (size < -1) return false;
    if (size <= 0) return offset > 0 || writePart(to, file, true, scratch, 0);
    if (!writePart(to, file, offset == 0, scratch, static_cast<uint32_t>(size))) return false;
    offset += static_cast<uint32_t>(size);
  }
}

int32_t readSlotFile(char slot, SlotFile file, uint8_t* out, uint32_t capacity) {
  const SlotPath path = pathOf(slot, file);
  const int32_t size = hal_file_read(path.text, path.size, out, capacity);
  return size == -1 ? 0 : size;
}

// With `isHashed` the bytes go into the running hash.
static uint32_t walk(char slot, SlotFile file, bool isHashed) {
  uint8_t part[128];
  const SlotPath path = pathOf(slot, file);
  uint32_t offset = 0;
  for (;;) {
    const int32_t size = hal_file_part(path.text, path.size, offset, part, sizeof part);
    if (size <= 0) break;
    if (isHashed) hal_hash_add(part, static_cast<uint32_t>(size));
    offset += static_cast<uint32_t>(size);
  }
  zeroBytes(part, sizeof part);
  return offset;
}

uint32_t slotFileSize(char slot, SlotFile file) { return walk(slot, file, false); }
void hashSlotFile(char slot, SlotFile file) { walk(slot, file, true); }

static void hashWithLength(char slot, SlotFile file) {
  hashLength(slotFileSize(slot, file));
  hashSlotFile(slot, file);
}

bool writeSeal(char slot) {
  uint8_t digest[32];
  hal_hash_begin(nullptr, 0);
  for (uint8_t file = 0; file < kSlotFileCount; file++) hashWithLength(slot, static_cast<SlotFile>(file));
  hal_hash_end(digest);
  return replace(pathOf(slot, "ok"), digest, sizeof digest);
}

void slotGeneration(char slot, const uint8_t* appKey, char* out) {
  uint8_t mac[32];
  hal_hash_begin(appKey, 32);
  for (uint8_t file = kFileCfg; file <= kFileCrt; file++) hashWithLength(slot, static_cast<SlotFile>(file));
  hal_hash_end(mac);
  Text(out, 8).hex(mac, 4);
}

}  // namespace sg
