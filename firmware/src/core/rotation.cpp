#include "rotation.h"

#include "../hal/hal.h"
#include "base64.h"
#include "certificate-dates.h"
#include "config-section.h"
#include "device.h"
#include "new-key.h"
#include "seal.h"
#include "staged-slot.h"

namespace sg {

static const uint32_t kTrialBoots = 3;
static const uint32_t kMaxParts = 5;
static const uint32_t kCsrPartBytes = 72;

// The credentials' memory behind the ones in use: 2 KB and more with P-256, too little with RSA.
static uint8_t* scratch() {
  SlotState& slot = device.slot;
  return slot.credentials + slot.caSize + slot.certificateSize + slot.keySize;
}

static uint32_t scratchSize() { return static_cast<uint32_t>(device.slot.credentials + kCredentialBytes - scratch()); }

bool canRotate() { return !device.slot.isTrial && scratchSize() >= kMaxPartText && appKey() != nullptr; }

static char staged() { return otherSlot(device.slot.name); }

static bool hexArgument(JsonValue arguments, const char* key, uint8_t* out, uint32_t size) {
  char text[64];
  const int32_t found = jsonText(jsonMember(arguments, key), text, sizeof text);
  return found >= 0 && decodeHex(Span{text, static_cast<uint32_t>(found)}, out, size);
}

static int32_t fileArgument(JsonValue arguments) {
  char text[8];
  const int32_t size = jsonText(jsonMember(arguments, "f"), text, sizeof text);
  const int32_t file = size < 0 ? -1 : wordIndex(kSlotFileNames, Span{text, static_cast<uint32_t>(size)});
  return file == kFileKey ? -1 : file;
}

bool checkRotation(Command command, JsonValue arguments) {
  uint8_t bytes[32];
  uint32_t i = 0, of = 0;
  switch (command) {
    case Command::KeyNew: return hexArgument(arguments, "seed", bytes, 32);
    case Command::KeyCsr: return jsonWithin(arguments, "i", 0, 15, &i);
    case Command::SlotPut:
      return fileArgument(arguments) >= 0 && jsonWithin(arguments, "of", 1, kMaxParts, &of) &&
             jsonWithin(arguments, "i", 0, of - 1, &i) && hexArgument(arguments, "sha", bytes, 32) &&
             jsonMember(arguments, "b64").kind == 's';
    case Command::SlotTry: return hexArgument(arguments, "gen", bytes, 4) && jsonWithin(arguments, "wait_s", 30, 600, &i);
    default: return hexArgument(arguments, "gen", bytes, 4);
  }
}

static bool begin() {
  RotationState& rotation = device.rotation;
  if (!rotation.isBegun) rotation.isBegun = voidSeal(staged());
  return rotation.isBegun;
}

static uint16_t newKey(JsonValue arguments) {
  RotationState& rotation = device.rotation;
  uint8_t seed[32];
  uint8_t keyFile[kNewKeySize];
  rotation = RotationState{};
  hexArgument(arguments, "seed", seed, sizeof seed);
  const bool isWritten = makeKey(seed, keyFile) && begin() && writePart(staged(), kFileKey, true, keyFile, sizeof keyFile);
  const int32_t size = isWritten ? writeRequest(keyFile, device.config.id.span(), scratch()) : 0;
  zeroBytes(keyFile, sizeof keyFile);
  if (!isWritten || size < 0) return 701;
  rotation.whole = 1 << kFileKey;
  rotation.csrSize = static_cast<uint16_t>(size);
  return 0;
}

static uint32_t csrParts() { return (device.rotation.csrSize + kCsrPartBytes - 1) / kCsrPartBytes; }

static uint16_t chooseCsrPart(JsonValue arguments) {
  uint32_t part = 0;
  if (!jsonWithin(arguments, "i", 0, 15, &part) || part >= csrParts()) return 703;
  device.rotation.csrPart = static_cast<uint8_t>(part);
  return 0;
}

struct Part {
  SlotFile file;
  uint32_t i, of;
  uint8_t* bytes;
  uint32_t size;
  uint8_t sha[32];
};

static bool isSecret(SlotFile file) { return file == kFileCfg || file == kFileMac; }

static uint16_t open(Part* part, const CommandKey& key) {
  char label[kMaxTopic + 40];
  char topic[kMaxTopic];
  Text text(label, sizeof label);
  Span names = spanOf(kSlotFileNames);
  Span name{};
  for (int i = 0; i <= part->file; i++) name = cut(&names, ' ');
  text.add("signet-seal-1\n").add(deviceTopic("cmd", topic)).add('\n').add(name);
  text.add('\n').decimal(static_cast<uint64_t>(part->i)).add('\n').decimal(static_cast<uint64_t>(part->of));
  if (!openSealed(key, text.span(), part->bytes, part->size)) return 703;
  part->bytes += kSealNonceSize;
  part->size -= kSealOverhead;
  return 0;
}

// SHA-256 of the file; of a secret one its HMAC under the seal key, which tells the broker nothing.
static bool isAsPromised(const Part& part, const CommandKey& key) {
  const SlotFile file = part.file;
  uint8_t found[32], secret[32];
  sealKey(key, secret);
  hal_hash_begin(isSecret(file) ? secret : nullptr, isSecret(file) ? 32 : 0);
  hashSlotFile(staged(), file);
  hal_hash_end(found);
  zeroBytes(secret, sizeof secret);
  return equalBytes(part.sha, found, 32);
}

static bool isOfSameFile(const Part& part) {
  const RotationState& rotation = device.rotation;
  return part.file == rotation.kind && part.of == rotation.of && equalBytes(part.sha, rotation.sha, sizeof rotation.sha);
}

static uint16_t store(const Part& part) {
  RotationState& rotation = device.rotation;
  if (part.i == 0) {
    rotation.kind = part.file;
    rotation.of = static_cast<uint8_t>(part.of);
    copyBytes(rotation.sha, part.sha, sizeof rotation.sha);
    rotation.next = 0;
    rotation.whole = static_cast<uint8_t>(rotation.whole & ~(1u << part.file));
  }
  if (!isOfSameFile(part) || part.i != rotation.next) return 703;
  if (!begin() || !writePart(staged(), part.file, part.i == 0, part.bytes, part.size)) {
    rotation.next = rotation.of = 0;  // what stands there now is not known: from the first part again
    return 701;
  }
  rotation.next++;
  return 0;
}

static uint16_t put(JsonValue arguments, const CommandKey& key) {
  RotationState& rotation = device.rotation;
  Part part{static_cast<SlotFile>(fileArgument(arguments)), 0, 0, scratch(), 0, {}};
  jsonWithin(arguments, "of", 1, kMaxParts, &part.of);
  jsonWithin(arguments, "i", 0, part.of - 1, &part.i);
  hexArgument(arguments, "sha", part.sha, sizeof part.sha);
  if (isOfSameFile(part) && part.i + 1 == rotation.next) return 0;  // its answer was lost
  rotation.csrSize = 0;
  const int32_t textSize = jsonText(jsonMember(arguments, "b64"), reinterpret_cast<char*>(part.bytes), kMaxPartText);
  const int32_t size = textSize < 0 ? -1 : decodeBase64(part.bytes, static_cast<uint32_t>(textSize));
  if (size < 0) return 703;
  part.size = static_cast<uint32_t>(size);
  uint16_t code = isSecret(part.file) ? open(&part, key) : 0;
  if (code == 0) code = part.size > kMaxPartBytes ? 703 : store(part);
  zeroBytes(scratch(), kMaxPartText);
  if (code != 0 || rotation.next < rotation.of) return code;
  if (!isAsPromised(part, key)) {
    rotation.next = rotation.of = 0;
    return 703;
  }
  rotation.whole = static_cast<uint8_t>(rotation.whole | 1u << part.file);
  return 0;
}

// Whatever was neither sent nor made stays as it is.
static bool completeFiles() {
  for (uint8_t file = 0; file < kSlotFileCount; file++) {
    if ((device.rotation.whole >> file & 1) != 0) continue;
    if (!copySlotFile(device.slot.name, staged(), static_cast<SlotFile>(file), scratch(), kMaxPartBytes)) return false;
  }
  zeroBytes(scratch(), kMaxPartBytes);
  return true;
}

static bool areSizesRight() {
  uint32_t sum = 0;
  for (uint8_t file = kFileCa; file <= kFileMac; file++) sum += slotFileSize(staged(), static_cast<SlotFile>(file));
  return sum <= kCredentialBytes && slotFileSize(staged(), kFileCfg) <= kMaxConfigBytes;
}

// A certificate that changed, or its key: both must hold the same point.
static bool doTheyFit() {
  if ((device.rotation.whole & (1 << kFileCrt | 1 << kFileKey)) == 0) return true;
  uint8_t keyFile[kNewKeySize];
  const int32_t keySize = readSlotFile(staged(), kFileKey, keyFile, sizeof keyFile);
  const uint8_t* point = keySize < 0 ? nullptr : keyFilePoint(keyFile, static_cast<uint32_t>(keySize));
  const int32_t size = readSlotFile(staged(), kFileCrt, scratch(), scratchSize());
  const uint8_t* certified = size <= 0 ? nullptr : certificatePoint(scratch(), static_cast<uint32_t>(size));
  const bool fits = point != nullptr && certified != nullptr && equalBytes(point, certified, 65);
  zeroBytes(keyFile, sizeof keyFile);
  return fits;
}

static bool isGeneration(JsonValue arguments, const char* generation) {
  char text[8];
  return jsonText(jsonMember(arguments, "gen"), text, sizeof text) == 8 && equalBytes(text, generation, 8);
}

static uint16_t tryStaged(JsonValue arguments) {
  char generation[8];
  uint32_t waitS = 0;
  jsonWithin(arguments, "wait_s", 30, 600, &waitS);
  device.rotation.csrSize = 0;
  if (!begin() || !completeFiles()) return 701;
  if (!areSizesRight()) return 703;
  if (!doTheyFit()) return 702;
  slotGeneration(staged(), appKey()->key, generation);
  if (!isGeneration(arguments, generation)) return 703;
  // The seal first, then the pointer: a power cut between them leaves the old slot in use.
  if (!writeSeal(staged()) || !writeSelection(device.slot.name, staged(), kTrialBoots, waitS)) return 701;
  device.commands.restartMs = hal_millis();
  return 0;
}

static uint16_t keep(JsonValue arguments) {
  SlotState& slot = device.slot;
  if (!isGeneration(arguments, slot.gen)) return 702;
  if (!slot.isTrial) return 0;
  if (!writeSelection(slot.name, '-', 0, 0)) return 701;
  slot.isTrial = false;
  say("The new settings are kept.");
  publishStatus();
  return 0;
}

uint16_t rotate(Command command, JsonValue arguments, uint8_t keyIndex) {
  switch (command) {
    case Command::KeyNew: return newKey(arguments);
    case Command::KeyCsr: return chooseCsrPart(arguments);
    case Command::SlotPut: return put(arguments, device.slot.keys[keyIndex]);
    case Command::SlotTry: return tryStaged(arguments);
    default: return keep(arguments);
  }
}

static void addCsrPart(Text* to) {
  const RotationState& rotation = device.rotation;
  const uint32_t from = rotation.csrPart * kCsrPartBytes;
  const uint32_t left = rotation.csrSize - from;
  to->add("{\"b64\":\"");
  addBase64(to, scratch() + from, left < kCsrPartBytes ? left : kCsrPartBytes);
  to->add("\"}");
}

void addRotationResult(Command command, Text* to) {
  const char running = device.slot.name;
  const char slot = command == Command::SlotKeep ? running : otherSlot(running);
  if (command == Command::KeyCsr) return addCsrPart(to);
  to->add('{');
  if (command == Command::KeyNew) to->add("\"of\":").decimal(static_cast<uint64_t>(csrParts())).add(',');
  to->add("\"slot\":\"").add(slot).add("\"}");
}

static void giveUp() {
  say("Nobody kept the new settings: back to the old ones.");
  writeSelection(otherSlot(device.slot.name), '-', 0, 0);
  restart();
}

void pollTrial() {
  RotationState& rotation = device.rotation;
  if (!device.slot.isTrial || device.commands.restartMs != 0) return;
  const uint64_t now = hal_millis();
  const uint64_t waitMs = device.slot.trialWaitS * 1000ull;
  if (rotation.onlineMs == 0 && isOnline()) rotation.onlineMs = now;
  if (rotation.onlineMs != 0) {
    if (now - rotation.onlineMs >= waitMs) giveUp();
  } else if (now >= waitMs) {
    say("The new settings do not connect.");
    restart();
  }
}

}  // namespace sg
