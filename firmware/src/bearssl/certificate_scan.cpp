#include "certificate_scan.h"

namespace signet {
namespace {

constexpr uint8_t tag_version = 0xA0;
constexpr uint8_t tag_utc_time = 0x17;
constexpr uint8_t tag_generalized_time = 0x18;

int two_digits(const uint8_t* at) {
  if (at[0] < '0' || at[0] > '9' || at[1] < '0' || at[1] > '9') return -1;
  return (at[0] - '0') * 10 + (at[1] - '0');
}

// Days from 1970-01-01 in the proleptic Gregorian calendar, with the year beginning in March.
int64_t days_from_date(int year, int month, int day) {
  const int shifted_year = month <= 2 ? year - 1 : year;
  const int shifted_month = month <= 2 ? month + 9 : month - 3;
  const int64_t leap_days = shifted_year / 4 - shifted_year / 100 + shifted_year / 400;
  return static_cast<int64_t>(shifted_year) * 365 + leap_days + (153 * shifted_month + 2) / 5 + day - 1 - 719468;
}

// One UTCTime or GeneralizedTime at `at`; the bytes it takes, or 0 when it is malformed.
uint32_t read_time(const uint8_t* at, uint32_t len, uint64_t* out) {
  if (len < 2 || at[1] + 2u > len) return 0;
  const uint32_t digits = at[0] == tag_utc_time ? 12 : at[0] == tag_generalized_time ? 14 : 0;
  if (digits == 0 || at[1] != digits + 1) return 0;
  int part[7] = {0};
  for (uint32_t i = 0; i < digits / 2; i++) {
    part[i] = two_digits(at + 2 + 2 * i);
    if (part[i] < 0) return 0;
  }
  const int* rest = part + (digits == 12 ? 1 : 2);
  const int year = digits == 12 ? part[0] + (part[0] < 50 ? 2000 : 1900) : part[0] * 100 + part[1];
  const int64_t days = days_from_date(year, rest[0], rest[1]);
  const int64_t seconds = days * 86400 + rest[2] * 3600 + rest[3] * 60 + rest[4];
  *out = seconds < 0 ? 0 : static_cast<uint64_t>(seconds);
  return at[1] + 2u;
}

}  // namespace

void CertificateScan::start() {
  br_sha256_init(&spki_);
  br_sha1_init(&whole_);
  not_before_ = not_after_ = 0;
  left_ = 0;
  field_ = Field::outer;
  in_header_ = true;
  tag_ = header_len_ = validity_len_ = 0;
}

void CertificateScan::add(const uint8_t* data, uint32_t len) {
  br_sha1_update(&whole_, data, len);
  uint32_t i = 0;
  while (i < len && field_ < Field::done) {
    if (in_header_ || field_ == Field::validity) {
      take(data[i++]);
      continue;
    }
    const uint32_t run = left_ < len - i ? left_ : len - i;
    if (field_ == Field::spki) br_sha256_update(&spki_, data + i, run);
    i += run;
    left_ -= run;
    if (left_ == 0) content_complete();
  }
}

void CertificateScan::take(uint8_t byte) {
  if (!in_header_) {
    if (validity_len_ < sizeof validity_) validity_[validity_len_++] = byte;
    if (--left_ == 0) content_complete();
    return;
  }
  header_[header_len_++] = byte;
  if (header_len_ < 2) return;
  const uint8_t first = header_[1];
  const uint8_t extra = first < 0x80 ? 0 : first & 0x7F;
  if (first == 0x80 || extra > 4) {
    field_ = Field::broken;
    return;
  }
  if (header_len_ == 2u + extra) header_complete();
}

void CertificateScan::header_complete() {
  tag_ = header_[0];
  left_ = header_len_ == 2 ? header_[1] : 0;
  for (uint8_t i = 2; i < header_len_; i++) left_ = left_ << 8 | header_[i];
  // The version is optional (a v1 certificate has none): what stands in its place is then the serial number.
  if (field_ == Field::version && tag_ != tag_version) field_ = Field::serial;
  if (field_ == Field::spki) br_sha256_update(&spki_, header_, header_len_);
  header_len_ = 0;
  if (field_ == Field::outer || field_ == Field::tbs) {
    field_ = field_ == Field::outer ? Field::tbs : Field::version;
    return;
  }
  in_header_ = false;
  if (left_ == 0) content_complete();
}

void CertificateScan::content_complete() {
  if (field_ == Field::validity) read_validity();
  if (field_ == Field::broken) return;
  field_ = static_cast<Field>(static_cast<uint8_t>(field_) + 1);
  in_header_ = true;
}

void CertificateScan::read_validity() {
  const uint32_t first = read_time(validity_, validity_len_, &not_before_);
  const uint32_t second = first == 0 ? 0 : read_time(validity_ + first, validity_len_ - first, &not_after_);
  if (second == 0) field_ = Field::broken;
}

}  // namespace signet
