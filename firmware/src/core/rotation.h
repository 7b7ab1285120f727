// New credentials over the broker (docs/contracts.md, "Rotation"): they gather in the slot that is not in use, are tried
// by a restart, and become the active ones only when somebody who reached the device through them says so.
#pragma once
#include "commands.h"
#include "json.h"
#include "text.h"

namespace sg {

constexpr uint32_t kMaxPartBytes = 1024;
constexpr uint32_t kMaxPartText = 1404;  // 1,024 bytes, sealed, as base64

struct RotationState {
  bool isBegun;     // the other slot's seal is void
  uint8_t whole;    // bit per file that has arrived or was made
  uint8_t kind;     // of the file that arrives
  uint8_t next, of;
  uint8_t sha[8];   // how the file's promised hash begins: another file of that name starts anew
  uint8_t csrPart;
  uint16_t csrSize;  // the request, in the scratch memory
  uint64_t onlineMs;  // since when the trial is online; 0: not yet
};

// Whether there is memory for it, and no trial on its way.
bool canRotate();
bool checkRotation(Command command, JsonValue arguments);
// 0 or a code.
uint16_t rotate(Command command, JsonValue arguments, uint8_t keyIndex);
void addRotationResult(Command command, Text* to);
// Gives up a trial that does not connect or that nobody keeps.
void pollTrial();

}  // namespace sg
