#include "new-key.h"

#include "../hal/hal.h"
#include "certificate-dates.h"

namespace sg {

static const uint8_t kBeforeScalar[7] = {0x30, 0x77, 0x02, 0x01, 0x01, 0x04, 0x20};
// The curve's name and what stands before the point (RFC 5915).
static const uint8_t kBeforePoint[17] = {0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d,
                                         0x03, 0x01, 0x07, 0xa1, 0x44, 0x03, 0x42, 0x00};
static const uint8_t kEcdsaWithSha256[12] = {0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02};
static const uint32_t kScalarAt = 7;
static const uint32_t kPointAt = 56;

static void deriveScalar(const uint8_t* random, const uint8_t* seed, uint8_t attempt, uint8_t* out) {
  hal_hash_begin(random, 32);
  hal_hash_add(reinterpret_cast<const uint8_t*>("signet-k1"), 9);
  hal_hash_add(seed, 32);
  hal_hash_add(&attempt, 1);
  hal_hash_end(out);
}

bool makeKey(const uint8_t* seed, uint8_t* keyFile) {
  uint8_t random[32];
  int32_t done = 0;
  hal_random(random, sizeof random);
  copyBytes(keyFile, kBeforeScalar, sizeof kBeforeScalar);
  copyBytes(keyFile + kScalarAt + 32, kBeforePoint, sizeof kBeforePoint);
  // A number beyond the curve's order comes up once in four thousand million: the next one then.
  for (uint8_t attempt = 0; done == 0 && attempt < 8; attempt++) {
    deriveScalar(random, seed, attempt, keyFile + kScalarAt);
    done = hal_ec_public(keyFile + kScalarAt, keyFile + kPointAt);
  }
  zeroBytes(random, sizeof random);
  return done == 1;
}

const uint8_t* keyFilePoint(const uint8_t* keyFile, uint32_t size) {
  const bool isOurs = size == kNewKeySize && equalBytes(keyFile, kBeforeScalar, sizeof kBeforeScalar) &&
                      equalBytes(keyFile + kScalarAt + 32, kBeforePoint, sizeof kBeforePoint);
  return isOurs ? keyFile + kPointAt : nullptr;
}

// Writes DER from its end to its start, so that every length is known when it is written.
class BackwardDer {
 public:
  BackwardDer(uint8_t* out, uint32_t capacity) : out_(out), at_(capacity), end_(capacity) {}
  void put(const void* bytes, uint32_t size) {
    at_ -= size;
    copyBytes(out_ + at_, bytes, size);
  }
  void byte(uint8_t value) { put(&value, 1); }
  // Around everything from here to `end`, a place before.
  void header(uint8_t tag, uint32_t end) {
    const uint32_t size = end - at_;
    byte(static_cast<uint8_t>(size));
    if (size > 127) byte(0x81);
    byte(tag);
  }
  // An unsigned number of 32 bytes as an INTEGER.
  void integer(const uint8_t* number) {
    const uint32_t end = at_;
    uint32_t zeros = 0;
    while (zeros < 31 && number[zeros] == 0) zeros++;
    put(number + zeros, 32 - zeros);
    if ((number[zeros] & 0x80) != 0) byte(0);
    header(0x02, end);
  }
  uint32_t at() const { return at_; }
  const uint8_t* bytes() const { return out_ + at_; }
  uint32_t size() const { return end_ - at_; }

 private:
  uint8_t* out_;
  uint32_t at_, end_;
};

static void writeRequestInfo(BackwardDer* der, const uint8_t* point, Span name) {
  static const uint8_t kCommonName[5] = {0x06, 0x03, 0x55, 0x04, 0x03};
  static const uint8_t kVersion[3] = {0x02, 0x01, 0x00};
  const uint32_t end = der->at();
  const uint8_t noAttributes[2] = {0xa0, 0x00};
  der->put(noAttributes, sizeof noAttributes);
  der->put(point, 65);
  der->put(kPointPrefix, sizeof kPointPrefix);
  const uint32_t nameEnd = der->at();
  der->put(name.data, name.size);
  der->header(0x0c, nameEnd);
  der->put(kCommonName, sizeof kCommonName);
  der->header(0x30, nameEnd);
  der->header(0x31, nameEnd);
  der->header(0x30, nameEnd);
  der->put(kVersion, sizeof kVersion);
  der->header(0x30, end);
}

int32_t writeRequest(const uint8_t* keyFile, Span name, uint8_t* out) {
  uint8_t info[160];
  uint8_t digest[32];
  uint8_t signature[64];
  BackwardDer inner(info, sizeof info);
  writeRequestInfo(&inner, keyFile + kPointAt, name);
  hal_hash_begin(nullptr, 0);
  hal_hash_add(inner.bytes(), inner.size());
  hal_hash_end(digest);
  if (hal_ec_sign(keyFile + kScalarAt, digest, signature) != 1) return -1;
  BackwardDer der(out, kMaxRequestSize);
  der.integer(signature + 32);
  der.integer(signature);
  der.header(0x30, kMaxRequestSize);
  der.byte(0);  // no unused bits
  der.header(0x03, kMaxRequestSize);
  der.put(kEcdsaWithSha256, sizeof kEcdsaWithSha256);
  der.put(inner.bytes(), inner.size());
  const uint32_t size = der.size();
  // Its one length is below 256: kMaxRequestSize bounds it.
  der.header(0x30, kMaxRequestSize);
  if (size > 255) return -1;
  const uint32_t whole = der.size();
  moveBytesDown(out, out + der.at(), whole);
  return static_cast<int32_t>(whole);
}

}  // namespace sg
