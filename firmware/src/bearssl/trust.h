// Decides whether the broker's certificate is believed: the CA chain with host name and dates (BearSSL's own "minimal"
// engine), beside it an optional SPKI pin; or, in mode 1, the SHA-1 fingerprint alone. It sees HalTls and certificates;
// it knows nothing of sockets or of the handshake around it.
#pragma once
#include <bearssl/bearssl.h>
#include <stdint.h>

#include "../hal/hal.h"
#include "certificate_scan.h"

namespace signet {

class Trust {
 public:
  // Takes the anchors, whose bytes stay where they are. 0, or the code to report: 404 when an anchor is not a readable CA certificate.
  int32_t start(const HalTls& tls);
  const br_x509_class** x509() { return &link_.vtable; }

  // The contract's code for what made the chain fail, from BearSSL's own error number.
  int32_t code_of(int32_t bearssl_error) const;
  // True when a chain was presented, which a resumed session never does.
  bool chain_seen() const { return certificates_ > 0; }
  // Earliest end of validity in the chain, Unix seconds; 0 when nothing was seen.
  uint64_t not_after() const { return earliest_end_; }

 private:
  static constexpr uint32_t max_anchors = 2;
  // BearSSL hands its callbacks a pointer to the vtable pointer; the object behind it is found through `owner`.
  struct Link {
    const br_x509_class* vtable;
    Trust* owner;
  };

  bool add_anchor(const uint8_t* der, uint32_t len);
  void start_minimal(uint64_t now_s);
  void note_dates();
  unsigned verdict();

  static Trust& of(const br_x509_class* const* context);
  static void start_chain(const br_x509_class** context, const char* server_name);
  static void start_cert(const br_x509_class** context, uint32_t len);
  static void append(const br_x509_class** context, const unsigned char* data, size_t len);
  static void end_cert(const br_x509_class** context);
  static unsigned end_chain(const br_x509_class** context);
  static const br_x509_pkey* get_pkey(const br_x509_class* const* context, unsigned* usages);
  static const br_x509_class vtable_;

  Link link_;
  union {
    br_x509_minimal_context minimal_;
    br_x509_decoder_context decoder_;
  };
  CertificateScan scan_;
  br_x509_trust_anchor trust_anchors_[max_anchors];
  uint32_t anchor_count_;
  uint32_t certificates_;
  uint64_t now_s_;
  uint64_t earliest_end_;
  uint32_t pin_len_;
  uint8_t pin_[32];
  bool fingerprint_only_;
  bool pin_matches_;
  bool expired_;
  bool not_yet_valid_;
};

}  // namespace signet
