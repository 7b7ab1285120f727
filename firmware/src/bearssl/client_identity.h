// The device's certificate and private key in the form BearSSL asks for. Knows nothing of the connection.
#pragma once
#include <bearssl/bearssl.h>
#include <stdint.h>

#include "../hal/hal.h"

namespace signet {

class ClientIdentity {
 public:
  // Decodes both; the certificate's bytes stay where they are. False when either cannot be read.
  bool start(const HalTls& tls);
  // Gives them to the client engine; without a certificate the engine answers with an empty list.
  void attach(br_ssl_client_context* client) const;

 private:
  br_x509_certificate chain_;
  br_skey_decoder_context key_;
  int key_type_;         // BR_KEYTYPE_RSA, BR_KEYTYPE_EC, or 0 without an identity
  unsigned issuer_type_;
};

}  // namespace signet
