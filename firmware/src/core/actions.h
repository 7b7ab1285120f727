// What each command does: its arguments, its rate, its deed, what it has to say.
#pragma once
#include "commands.h"
#include "json.h"
#include "text.h"

namespace sg {

// Whether the configuration has the part the command is for.
bool isCapable(Command command);
// 0, 610 or 611. Changes nothing.
uint16_t checkArguments(Command command, JsonValue arguments);
uint16_t checkRate(Command command);
// A command's own time, and the key that signed it.
struct Origin {
  uint64_t ts;
  uint8_t keyIndex;
};
// 0 or the code of why it is not done.
uint16_t act(Command command, JsonValue arguments, Origin origin);
// The `d` of the reply.
void addResult(Command command, Text* to);

// The tutorial's unsigned commands (form iot2), as far as the configuration allows them.
void handleUnsigned(Span topic, Span payload);

}  // namespace sg
