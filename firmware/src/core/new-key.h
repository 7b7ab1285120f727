// A private key born on the device: the key file (SEC1) and the request for its certificate (PKCS #10).
#pragma once
#include "bytes.h"

namespace sg {

constexpr uint32_t kNewKeySize = 121;
constexpr uint32_t kMaxRequestSize = 320;

// `seed`: 32 bytes from outside, mixed with the machine's own randomness. False when there is no key.
bool makeKey(const uint8_t* seed, uint8_t* keyFile);
// The request's size, or -1. `name` becomes its common name.
int32_t writeRequest(const uint8_t* keyFile, Span name, uint8_t* out);
// The public point in a key file that makeKey wrote, or null for any other.
const uint8_t* keyFilePoint(const uint8_t* keyFile, uint32_t size);

}  // namespace sg
