// AES-256-GCM opened in place, by BearSSL's constant-time code.
#include <bearssl/bearssl.h>
#include <string.h>

#include "engine_calls.h"

int32_t signet_gcm_open(const uint8_t* key, const uint8_t* nonce, const uint8_t* aad, uint32_t aad_len, uint8_t* data,
                        uint32_t len) {
  constexpr uint32_t tag_bytes = 16;
  if (len < tag_bytes) return 0;
  br_aes_ct_ctr_keys cipher;
  br_gcm_context gcm;
  br_aes_ct_ctr_init(&cipher, key, 32);
  br_gcm_init(&gcm, &cipher.vtable, br_ghash_ctmul32);
  br_gcm_reset(&gcm, nonce, 12);
  br_gcm_aad_inject(&gcm, aad, aad_len);
  br_gcm_flip(&gcm);
  br_gcm_run(&gcm, 0, data, len - tag_bytes);
  const bool genuine = br_gcm_check_tag(&gcm, data + len - tag_bytes) == 1;
  memset(&cipher, 0, sizeof cipher);
  if (!genuine) memset(data, 0, len);
  return genuine ? 1 : 0;
}
