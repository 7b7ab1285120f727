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
  bool hasBadKeys;  // a line of /x.mac could not be used
  char gen[8];
  uint32_t caSize, certificateSize, keySize;  // one after the other in `credentials`
  uint8_t keyCount;
  CommandKey keys[4];
  uint8_t credentials[kCredentialBytes];

  const uint8_t* ca() const { return credentials; }
  const uint8_t* certificate() const { return credentials + caSize; }
  const uint8_t* key() const { return credentials + caSize + certificateSize; }
};

// Loads slot and configuration; tells of every slot it passes over. 0, or the code of what makes the device unusable.
uint16_t loadSlot();

}  // namespace sg
