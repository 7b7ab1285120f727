// What the device says of its own accord: readings, status, health; and the topics it says it on.
#pragma once
#include "text.h"

namespace sg {

// signet/<project>/<id>/<leaf>, written into `out` (kMaxTopic bytes).
Span deviceTopic(const char* leaf, char* out);
// 16 hex digits, fresh per boot.
Span bootNonce();
// The reading as an object, as in `tele`.
void addReading(Text* to);

void publishReading();
void publishStatus();
void pollHealth();

}  // namespace sg
