#include "slots.h"

#include "../hal/hal.h"
#include "commands.h"
#include "config-section.h"
#include "device.h"

namespace sg {

struct Selection {
  char active, trial;
  uint32_t bootsLeft, waitS;
};

static const uint32_t kTrialWaitS = 120;  // where the file names none

static int32_t readFile(const char* path, uint8_t* out, uint32_t capacity) {
  return hal_file_read(path, textLength(path), out, capacity);
}

static int32_t readSlotFile(char slot, const char* kind, uint8_t* out, uint32_t capacity) {
  char path[8];
  Text text(path, sizeof path);
  text.add('/').add(slot).add('.').add(kind);
  const int32_t size = hal_file_read(path, text.size(), out, capacity);
  return size == -1 ? 0 : size;  // the seal tells a missing file from an empty one that belongs there
}

static Selection readSelection() {
  char file[32];
  const int32_t size = readFile("/sel", reinterpret_cast<uint8_t*>(file), sizeof file);
  const Selection first{'a', '-', 0, 0};
  if (size < 8 || file[size - 1] != '\n' || file[0] != '1') return first;
  Span rest{file, static_cast<uint32_t>(size) - 1};
  cut(&rest, ' ');
  const Span active = cut(&rest, ' ');
  const Span trial = cut(&rest, ' ');
  uint64_t boots = 0, waitS = kTrialWaitS;
  if (wordIndex("a b", active) < 0 || wordIndex("a b -", trial) < 0 || !decodeDecimal(cut(&rest, ' '), &boots)) return first;
  if (rest.size > 0 && (!decodeDecimal(rest, &waitS) || waitS > 3600)) return first;
  return Selection{active.data[0], trial.data[0], static_cast<uint32_t>(boots), static_cast<uint32_t>(waitS)};
}

bool writeSelection(char active, char trial, uint32_t boots, uint32_t waitS) {
  char file[32];
  Text text(file, sizeof file);
  text.add("1 ").add(active).add(' ').add(trial).add(' ').decimal(static_cast<uint64_t>(boots));
  if (trial != '-' && waitS != kTrialWaitS) text.add(' ').decimal(static_cast<uint64_t>(waitS));
  text.add('\n');
  return hal_file_replace("/sel", 4, reinterpret_cast<const uint8_t*>(file), text.size()) == 0;
}

void hashLength(uint32_t size) {
  const uint8_t length[4] = {static_cast<uint8_t>(size), static_cast<uint8_t>(size >> 8),
                             static_cast<uint8_t>(size >> 16), static_cast<uint8_t>(size >> 24)};
  hal_hash_add(length, 4);
}

static void hashAdd(const void* bytes, uint32_t size) {
  hashLength(size);
  hal_hash_add(static_cast<const uint8_t*>(bytes), size);
}

static bool parseKeyLine(Span line, CommandKey* key) {
  const Span name = cut(&line, ' ');
  const Span hex = cut(&line, ' ');
  if (name.size == 0 || !store(&key->name, name) || !decodeHex(hex, key->key, 32)) return false;
  key->allowed = 0;
  for (Span rest = line; rest.size > 0;) {
    const Span word = cut(&rest, ',');
    const int32_t index = wordIndex(kCommandNames, word);
    if (is(word, "*")) key->allowed = 0xffff;
    if (index >= 0) key->allowed = static_cast<uint16_t>(key->allowed | (1u << index));
  }
  return true;
}

// False when a line cannot be used: a device that took such a file for good would answer no command, and say nothing.
static bool parseKeys(Span file) {
  SlotState& slot = device.slot;
  slot.keyCount = 0;
  while (file.size > 0) {
    const Span line = cut(&file, '\n');
    if (slot.keyCount == 4 || !parseKeyLine(line, &slot.keys[slot.keyCount])) return false;
    slot.keyCount++;
  }
  return true;
}

const CommandKey* appKey() {
  for (uint32_t i = 0; i < device.slot.keyCount; i++) {
    if (is(device.slot.keys[i].name.span(), "app")) return &device.slot.keys[i];
  }
  return nullptr;
}

static void computeGeneration(Span config) {
  const SlotState& slot = device.slot;
  const CommandKey* app = appKey();
  uint8_t mac[32] = {};
  if (app != nullptr) {
    hal_hash_begin(app->key, 32);
    hashAdd(config.data, config.size);
    hashAdd(slot.ca(), slot.caSize);
    hashAdd(slot.certificate(), slot.certificateSize);
    hal_hash_end(mac);
  }
  Text text(device.slot.gen, 8);
  text.hex(mac, 4);
}

// Reads the five files, the configuration into `scratch`. The configuration's size, or -1 when the seal
// disagrees or the command keys cannot be used.
static int32_t readSealed(char name, uint8_t* scratch) {
  SlotState& slot = device.slot;
  uint32_t used = 0;
  uint32_t* const sizes[] = {&slot.caSize, &slot.certificateSize, &slot.keySize};
  static const char* const kKinds[] = {"ca", "crt", "key"};
  const int32_t configSize = readSlotFile(name, "cfg", scratch, kMaxConfigBytes);
  if (configSize < 0) return -1;
  for (int i = 0; i < 3; i++) {
    const int32_t size = readSlotFile(name, kKinds[i], slot.credentials + used, kCredentialBytes - used);
    if (size < 0) return -1;
    *sizes[i] = static_cast<uint32_t>(size);
    used += *sizes[i];
  }
  uint8_t* keyFile = slot.credentials + used;
  const int32_t keyFileSize = readSlotFile(name, "mac", keyFile, kCredentialBytes - used);
  uint8_t seal[33];
  if (keyFileSize < 0 || readSlotFile(name, "ok", seal, sizeof seal) != 32) return -1;
  uint8_t digest[32];
  hal_hash_begin(nullptr, 0);
  hashAdd(scratch, static_cast<uint32_t>(configSize));
  hashAdd(slot.ca(), slot.caSize);
  hashAdd(slot.certificate(), slot.certificateSize);
  hashAdd(slot.key(), slot.keySize);
  hashAdd(keyFile, static_cast<uint32_t>(keyFileSize));
  hal_hash_end(digest);
  if (!equalBytes(digest, seal, 32)) return -1;
  const bool areKeysGood = parseKeys(Span{reinterpret_cast<const char*>(keyFile), static_cast<uint32_t>(keyFileSize)});
  zeroBytes(keyFile, static_cast<uint32_t>(keyFileSize));
  return areKeysGood ? configSize : -1;
}

static uint16_t trySlot(char name, bool isTrial) {
  uint8_t* scratch = device.mqtt.in;  // no connection yet: its buffer is free
  const int32_t size = readSealed(name, scratch);
  if (size < 0) return 104;
  const Span config{reinterpret_cast<const char*>(scratch), static_cast<uint32_t>(size)};
  parseConfig(config, &device.config, &device.configReport);
  if (device.configReport.code != 0) return device.configReport.code;
  computeGeneration(config);
  device.slot.name = name;
  device.slot.isTrial = isTrial;
  return 0;
}

static bool startTrial(const Selection& wanted) {
  // A count that cannot be written would let the trial begin for ever.
  if (wanted.bootsLeft == 0 || !writeSelection(wanted.active, wanted.trial, wanted.bootsLeft - 1, wanted.waitS)) return false;
  device.slot.trialWaitS = static_cast<uint16_t>(wanted.waitS);
  if (trySlot(wanted.trial, true) == 0) return true;
  device.slotPassedOver = wanted.trial;
  return false;
}

uint16_t loadSlot() {
  const Selection selection = readSelection();
  if (selection.trial != '-') {
    if (startTrial(selection)) return 0;
    device.slot.isTrialOver = true;
    writeSelection(selection.active, '-', 0, 0);
  }
  const uint16_t code = trySlot(selection.active, false);
  if (code != 104) return code;
  device.slotPassedOver = selection.active;
  return trySlot(otherSlot(selection.active), false);
}

}  // namespace sg
