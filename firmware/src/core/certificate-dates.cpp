#include "certificate-dates.h"

namespace sg {

struct Der {
  const uint8_t* at;
  uint32_t size;
};

// Takes one element off the front; false at the end or when its length runs over.
static bool take(Der* from, uint8_t* tag, Der* content) {
  if (from->size < 2) return false;
  *tag = from->at[0];
  uint32_t length = from->at[1];
  uint32_t header = 2;
  if (length >= 0x80) {
    const uint32_t count = length & 0x7f;
    if (count == 0 || count > 3 || from->size < 2 + count) return false;
    length = 0;
    for (uint32_t i = 0; i < count; i++) length = length << 8 | from->at[2 + i];
    header += count;
  }
  if (length > from->size - header) return false;
  *content = Der{from->at + header, length};
  *from = Der{from->at + header + length, from->size - header - length};
  return true;
}

static bool enter(Der* from, uint8_t wanted, Der* content) {
  uint8_t tag = 0;
  return take(from, &tag, content) && tag == wanted;
}

static uint32_t daysBefore(uint32_t year, uint32_t month, uint32_t day) {
  static const uint16_t kBefore[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
  const uint32_t past = year - 1;
  const uint32_t leapDays = past / 4 - past / 100 + past / 400 - 477;  // 477 until the end of 1969
  const bool isLeap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return (year - 1970) * 365 + leapDays + kBefore[month - 1] + (isLeap && month > 2 ? 1 : 0) + day - 1;
}

static bool twoDigits(Der* text, uint32_t* out) {
  if (text->size < 2) return false;
  for (int i = 0; i < 2; i++) {
    if (text->at[i] < '0' || text->at[i] > '9') return false;
  }
  *out = static_cast<uint32_t>(text->at[0] - '0') * 10 + static_cast<uint32_t>(text->at[1] - '0');
  *text = Der{text->at + 2, text->size - 2};
  return true;
}

static uint64_t parseTime(uint8_t tag, Der text) {
  enum { kCentury, kYear, kMonth, kDay, kHour, kMinute, kSecond, kParts };
  uint32_t part[kParts] = {};
  const bool isGeneralized = tag == 0x18;
  if (!isGeneralized && tag != 0x17) return 0;
  for (int i = isGeneralized ? kCentury : kYear; i < kParts; i++) {
    if (!twoDigits(&text, &part[i])) return 0;
  }
  if (!isGeneralized) part[kCentury] = part[kYear] < 50 ? 20 : 19;
  const uint32_t year = part[kCentury] * 100 + part[kYear];
  if (year < 1970 || part[kMonth] < 1 || part[kMonth] > 12 || part[kDay] < 1 || part[kDay] > 31) return 0;
  const uint32_t second = part[kHour] * 3600 + part[kMinute] * 60 + part[kSecond];
  return daysBefore(year, part[kMonth], part[kDay]) * 86400ull + second;
}

// What stands behind serial number, algorithm and issuer: validity, subject, public key.
static bool enterBehindIssuer(const uint8_t* der, uint32_t size, Der* body) {
  Der outer{der, size};
  Der certificate, skipped;
  uint8_t tag = 0;
  if (!enter(&outer, 0x30, &certificate) || !enter(&certificate, 0x30, body)) return false;
  if (body->size > 0 && body->at[0] == 0xa0 && !take(body, &tag, &skipped)) return false;  // version
  for (int i = 0; i < 3; i++) {
    if (!take(body, &tag, &skipped)) return false;
  }
  return true;
}

uint64_t certificateNotAfter(const uint8_t* der, uint32_t size) {
  Der body, skipped, validity, time;
  uint8_t tag = 0;
  if (!enterBehindIssuer(der, size, &body)) return 0;
  if (!enter(&body, 0x30, &validity) || !take(&validity, &tag, &skipped)) return 0;
  return take(&validity, &tag, &time) ? parseTime(tag, time) : 0;
}

bool areCertificates(const uint8_t* der, uint32_t size) {
  Der rest{der, size};
  Der content;
  uint8_t tag = 0;
  while (rest.size > 0) {
    const Der whole = rest;
    if (!take(&rest, &tag, &content) || certificateNotAfter(whole.at, whole.size) == 0) return false;
  }
  return size > 0;
}

const uint8_t kPointPrefix[26] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
                                  0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00};

const uint8_t* certificatePoint(const uint8_t* der, uint32_t size) {
  Der body, skipped;
  uint8_t tag = 0;
  if (!enterBehindIssuer(der, size, &body) || !take(&body, &tag, &skipped) || !take(&body, &tag, &skipped)) return nullptr;
  const bool isP256 = body.size >= 26 + 65 && equalBytes(body.at, kPointPrefix, 26);
  return isP256 ? body.at + 26 : nullptr;
}

}  // namespace sg
