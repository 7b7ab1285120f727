#include "trust.h"

#include <string.h>

#include "der.h"
#include "engine_calls.h"

namespace signet {
namespace {

constexpr uint32_t days_to_1970 = 719528;  // from the year 0, as BearSSL counts

const br_hash_class* const hashes[] = {&br_sha256_vtable, &br_sha384_vtable, &br_sha512_vtable};
const int hash_ids[] = {br_sha256_ID, br_sha384_ID, br_sha512_ID};

// Where `bytes` stand in `hay`: the decoder's copies are needed by the next certificate, the originals stay.
bool move_into(const uint8_t* hay, uint32_t hay_len, unsigned char*& bytes, size_t len) {
  for (uint32_t at = 0; at + len <= hay_len; at++) {
    if (memcmp(hay + at, bytes, len) != 0) continue;
    bytes = const_cast<unsigned char*>(hay + at);
    return true;
  }
  return false;
}

bool point_into(const CertificateParts& parts, br_x509_pkey& key) {
  const uint8_t* info = parts.key_info;
  const uint32_t len = parts.key_info_len;
  if (key.key_type == BR_KEYTYPE_EC) return move_into(info, len, key.key.ec.q, key.key.ec.qlen);
  return move_into(info, len, key.key.rsa.n, key.key.rsa.nlen) &&
         move_into(info, len, key.key.rsa.e, key.key.rsa.elen);
}

}  // namespace

const br_x509_class Trust::vtable_ = {sizeof(Link), start_chain, start_cert, append, end_cert, end_chain, get_pkey};

int32_t Trust::start(const HalTls& tls) {
  link_ = {&vtable_, this};
  anchor_count_ = 0;
  certificates_ = 0;
  earliest_end_ = 0;
  now_s_ = tls.now_ms / 1000;
  fingerprint_only_ = tls.mode == 1;
  pin_matches_ = expired_ = not_yet_valid_ = false;
  pin_len_ = tls.pin_len <= sizeof pin_ ? tls.pin_len : 0;
  memcpy(pin_, tls.pin, pin_len_);
  if (fingerprint_only_) return pin_len_ == br_sha1_SIZE ? 0 : 405;
  if (tls.pin_len != 0 && pin_len_ != br_sha256_SIZE) return 405;

  uint32_t at = 0;
  while (at < tls.anchors_len) {
    const uint32_t len = der_element_len(tls.anchors + at, tls.anchors_len - at);
    if (len == 0 || !add_anchor(tls.anchors + at, len)) return 404;
    at += len;
  }
  if (anchor_count_ == 0) return 404;
  start_minimal(now_s_);
  return 0;
}

bool Trust::add_anchor(const uint8_t* der, uint32_t len) {
  CertificateParts parts = {};
  if (anchor_count_ == max_anchors || !certificate_parts(der, len, parts)) return false;
  decoder_init(&decoder_, nullptr, nullptr);
  br_x509_decoder_push(&decoder_, der, len);
  const br_x509_pkey* key = br_x509_decoder_get_pkey(&decoder_);
  if (key == nullptr || !br_x509_decoder_isCA(&decoder_)) return false;
  br_x509_trust_anchor& anchor = trust_anchors_[anchor_count_++];
  anchor.dn = {const_cast<unsigned char*>(parts.subject), parts.subject_len};  // BearSSL only reads it
  anchor.flags = BR_X509_TA_CA;
  anchor.pkey = *key;
  return point_into(parts, anchor.pkey);
}

void Trust::start_minimal(uint64_t now_s) {
  br_x509_minimal_init(&minimal_, &br_sha256_vtable, trust_anchors_, anchor_count_);
  for (uint32_t i = 0; i < sizeof hash_ids / sizeof hash_ids[0]; i++) {
    br_x509_minimal_set_hash(&minimal_, hash_ids[i], hashes[i]);
  }
  br_x509_minimal_set_rsa(&minimal_, br_rsa_i15_pkcs1_vrfy);
  br_x509_minimal_set_ecdsa(&minimal_, &br_ec_all_m15, br_ecdsa_i15_vrfy_asn1);
  br_x509_minimal_set_minrsa(&minimal_, 256);
  br_x509_minimal_set_time(&minimal_, static_cast<uint32_t>(now_s / 86400 + days_to_1970),
                           static_cast<uint32_t>(now_s % 86400));
}

Trust& Trust::of(const br_x509_class* const* context) {
  return *reinterpret_cast<const Link*>(context)->owner;
}

void Trust::start_chain(const br_x509_class** context, const char* server_name) {
  Trust& self = of(context);
  self.certificates_ = 0;
  if (!self.fingerprint_only_) self.minimal_.vtable->start_chain(&self.minimal_.vtable, server_name);
}

void Trust::start_cert(const br_x509_class** context, uint32_t len) {
  Trust& self = of(context);
  self.scan_.start();
  if (!self.fingerprint_only_) {
    self.minimal_.vtable->start_cert(&self.minimal_.vtable, len);
  } else if (self.certificates_ == 0) {
    decoder_init(&self.decoder_, nullptr, nullptr);
  }
}

void Trust::append(const br_x509_class** context, const unsigned char* data, size_t len) {
  Trust& self = of(context);
  self.scan_.add(data, static_cast<uint32_t>(len));
  if (!self.fingerprint_only_) {
    self.minimal_.vtable->append(&self.minimal_.vtable, data, len);
  } else if (self.certificates_ == 0) {
    br_x509_decoder_push(&self.decoder_, data, len);
  }
}

void Trust::end_cert(const br_x509_class** context) {
  Trust& self = of(context);
  if (!self.fingerprint_only_) self.minimal_.vtable->end_cert(&self.minimal_.vtable);
  if (self.certificates_ == 0 && self.pin_len_ > 0) {
    uint8_t digest[br_sha256_SIZE];
    self.fingerprint_only_ ? self.scan_.sha1(digest) : self.scan_.spki_sha256(digest);
    const bool readable = self.fingerprint_only_ || self.scan_.complete();
    self.pin_matches_ = readable && memcmp(digest, self.pin_, self.pin_len_) == 0;
  }
  self.note_dates();
  self.certificates_++;
}

void Trust::note_dates() {
  if (scan_.not_after() == 0 || fingerprint_only_) return;
  if (now_s_ > scan_.not_after()) expired_ = true;
  if (now_s_ < scan_.not_before()) not_yet_valid_ = true;
  if (earliest_end_ == 0 || scan_.not_after() < earliest_end_) earliest_end_ = scan_.not_after();
}

unsigned Trust::end_chain(const br_x509_class** context) {
  return of(context).verdict();
}

unsigned Trust::verdict() {
  if (certificates_ == 0) return BR_ERR_X509_EMPTY_CHAIN;
  if (fingerprint_only_) return pin_matches_ ? 0 : BR_ERR_X509_NOT_TRUSTED;
  const unsigned error = minimal_.vtable->end_chain(&minimal_.vtable);
  if (error != 0) {
    pin_matches_ = true;  // the chain itself failed: that is the cause to report
    return error;
  }
  return pin_len_ > 0 && !pin_matches_ ? static_cast<unsigned>(BR_ERR_X509_NOT_TRUSTED) : 0u;
}

const br_x509_pkey* Trust::get_pkey(const br_x509_class* const* context, unsigned* usages) {
  Trust& self = of(context);
  if (!self.fingerprint_only_) return self.minimal_.vtable->get_pkey(&self.minimal_.vtable, usages);
  if (usages != nullptr) *usages = BR_KEYTYPE_KEYX | BR_KEYTYPE_SIGN;
  return br_x509_decoder_get_pkey(&self.decoder_);
}

int32_t Trust::code_of(int32_t bearssl_error) const {
  switch (bearssl_error) {
    case BR_ERR_X509_EXPIRED:
      return not_yet_valid_ && !expired_ ? 402 : 401;
    case BR_ERR_X509_BAD_SERVER_NAME:
      return 403;
    case BR_ERR_X509_BAD_SIGNATURE:  // an authority of the same name, but another key
      return 404;
    case BR_ERR_X509_NOT_TRUSTED:
      return pin_len_ > 0 && !pin_matches_ ? 405 : 404;
    default:
      return 408;
  }
}

}  // namespace signet
