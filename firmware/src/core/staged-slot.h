// The files of the slot that is not in use, written part by part. What is there counts for nothing until its seal is.
#pragma once
#include "bytes.h"

namespace sg {

// In the order of the seal.
enum SlotFile : uint8_t { kFileCfg, kFileCa, kFileCrt, kFileKey, kFileMac, kSlotFileCount };
constexpr const char* kSlotFileNames = "cfg ca crt key mac";

// All false on an error of the file system.
bool voidSeal(char slot);
bool writeSeal(char slot);
bool writePart(char slot, SlotFile file, bool isFirst, const uint8_t* bytes, uint32_t size);
// `scratch` has room for `room` bytes.
bool copySlotFile(char from, char to, SlotFile file, uint8_t* scratch, uint32_t room);
// The whole file: its size, 0 when it does not exist, negative when it does not fit.
int32_t readSlotFile(char slot, SlotFile file, uint8_t* out, uint32_t capacity);
uint32_t slotFileSize(char slot, SlotFile file);
// Its bytes, into the running hash.
void hashSlotFile(char slot, SlotFile file);
// As the page computes it: under the app key, 8 hex digits.
void slotGeneration(char slot, const uint8_t* appKey, char* out);

}  // namespace sg
