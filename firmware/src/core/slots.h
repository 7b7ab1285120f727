// The slots' files (docs/contracts.md, "Files on the device"): which slot is used, its seal, credentials, command keys.
#pragma once
#include "bytes.h"

namespace sg {

constexpr uint32_t kCredentialBytes = 4224;

struct CommandKey {
  Str<16> name;
  uint8_t key[32];
  uint16_t allowed;  // bit per command, in commands.h's order
};

struct SlotState {
  char name;
  bool isTrial;
  bool isTrialOver;  // a trial used up its starts: code 702
  uint16_t trialWaitS;
  char gen[8];
  uint32_t caSize, certificateSize, keySize;  // one after the other in `credentials`
  uint8_t keyCount;
  CommandKey keys[4];
  uint8_t credentials[kCredentialBytes];

  const uint8_t* ca() const { return credentials; }
  const uint8_t* certificate() const { return credentials + caSize; }
  const uint8_t* key() const { return credentials + caSize + certificateSize; }
};

// `active`, and `trial` as long as `boots` starts last ('-' and 0 without a trial); `waitS` for its keep. False: as before.
bool writeSelection(char active, char trial, uint32_t boots, uint32_t waitS);
// Adds length and bytes to the running hash, as seal and generation want them.
void hashLength(uint32_t size);
// The key named "app", or null.
const CommandKey* appKey();
inline char otherSlot(char slot) { return slot == 'a' ? 'b' : 'a'; }

// Loads slot and configuration; tells of every slot it passes over. 0, or the code of what makes the device unusable.
uint16_t loadSlot();

}  // namespace sg
