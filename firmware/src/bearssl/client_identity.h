// The device's certificate and private key in the form BearSSL asks for. Knows nothing of the connection.
#pragma once
#include <bearssl/bearssl.h>
#include <stdint.h>

#include "../hal/hal.h"

namespace signet {

class ClientIdentity {
 public:
  ~ClientIdentity();
  // Decodes both; the certificate's bytes stay where they are. False when either cannot be read, or memory is short.
  bool start(const HalTls& tls);
  // Gives them to the client engine; without a certificate the engine answers with an empty list.
  void attach(br_ssl_client_context* client) const;

 private:
  static constexpr uint32_t max_scalar_bytes = 66;
  bool decode_key(const uint8_t* der, uint32_t len);
  int certificate_key_type(const HalTls& tls);
  void forget_key();

  br_x509_certificate chain_;
  // BearSSL's decoder is 2 KB: only an RSA key, which lies in it, keeps it.
  br_skey_decoder_context* rsa_ = nullptr;
  br_ec_private_key ec_;
  unsigned char scalar_[max_scalar_bytes];
  int key_type_ = 0;  // BR_KEYTYPE_RSA, BR_KEYTYPE_EC, or 0 without an identity
  unsigned issuer_type_;
};

}  // namespace signet
