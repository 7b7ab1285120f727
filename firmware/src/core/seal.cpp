#include "seal.h"

#include "../hal/hal.h"
#include "bytes.h"

namespace sg {

static void hmac(const uint8_t* key, const void* data, uint32_t size, uint8_t* out) {
  hal_hash_begin(key, 32);
  hal_hash_add(static_cast<const uint8_t*>(data), size);
  hal_hash_end(out);
}

void sealKey(const CommandKey& key, uint8_t* out) {
  const uint8_t salt[32] = {};
  uint8_t extracted[32];
  hmac(salt, key.key, 32, extracted);
  hmac(extracted, "signet-seal-1\x01", 14, out);
  zeroBytes(extracted, sizeof extracted);
}

bool openSealed(const CommandKey& key, Span label, uint8_t* part, uint32_t size) {
  uint8_t secret[32];
  if (size < kSealOverhead) return false;
  sealKey(key, secret);
  const uint8_t* additional = reinterpret_cast<const uint8_t*>(label.data);
  const bool done = hal_gcm_open(secret, part, additional, label.size, part + kSealNonceSize, size - kSealNonceSize) == 1;
  zeroBytes(secret, sizeof secret);
  return done;
}

}  // namespace sg
