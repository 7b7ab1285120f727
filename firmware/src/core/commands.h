// Commands from the broker: the checks of docs/contracts.md ("Commands") in their order, and the answers.
#pragma once
#include "bytes.h"

namespace sg {

// In the order of the `allowed` bits.
enum class Command : uint8_t { Led, Display, Relay, Outputs, Interval, Read, Identify, Reboot, KeyNew, KeyCsr, SlotPut, SlotTry, SlotKeep };
constexpr const char* kCommandNames = "led display relay outputs interval read identify reboot key.new key.csr slot.put slot.try slot.keep";

constexpr uint32_t kIdSize = 22;

// An answer kept for a command that arrives again.
struct StoredReply {
  char id[kIdSize];
  uint8_t keyIndex;
  uint16_t size;  // 0: this place is free
  char json[224];
};

struct CommandState {
  uint64_t lastTs;   // of the newest command taken
  uint32_t refused;  // without an answer
  uint8_t nextReply;
  StoredReply replies[4];
  uint32_t relayCount;
  uint64_t relayMs[6];  // when the last six pulses began
  uint64_t restartMs;   // 0: no restart asked for
};

void loadCommandFloor();
void handleCommand(Span topic, Span payload, bool isRetained);
// Restarts once the answer to `reboot` is out.
void pollRestart();

}  // namespace sg
