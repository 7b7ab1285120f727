// Opens what the page sealed for this device alone (docs/contracts.md, "Rotation"): the broker passes it on unread.
#pragma once
#include "slots.h"

namespace sg {

constexpr uint32_t kSealNonceSize = 12;
constexpr uint32_t kSealOverhead = 28;  // nonce before, tag behind

// HKDF-SHA-256 (RFC 5869) of a command key, no salt, "signet-seal-1": 32 bytes.
void sealKey(const CommandKey& key, uint8_t* out);
// A part of a file, nonce and tag around it; opened in place behind the nonce. False when it is not for us.
bool openSealed(const CommandKey& key, Span label, uint8_t* part, uint32_t size);

}  // namespace sg
