// The device's certificate and private key in the form BearSSL asks for. Knows nothing of the connection.
#pragma once
#include <bearssl/bearssl.h>
#include <stdint.h>

#include "../hal/hal.h"

namespace signet {

class ClientIdentity {
 public:
  ~ClientIdentity();
  // Memory that BearSSL's decoders work in and that nobody else needs meanwhile: a fragmented heap has no such blocks.
  union Workspace {
    br_skey_decoder_context key;
    br_x509_decoder_context certificate;
  };
  // Decodes both; the certificate's bytes stay where they are. 0, 406 when memory is short, 408 when either cannot be read.
  int32_t start(const HalTls& tls, Workspace* workspace);
  // Gives them to the client engine; without a certificate the engine answers with an empty list.
  void attach(br_ssl_client_context* client) const;

 private:
  static constexpr uint32_t max_scalar_bytes = 66;
  int32_t decode_key(const HalTls& tls, br_skey_decoder_context* decoder);
  int certificate_key_type(const HalTls& tls, br_x509_decoder_context* decoder);
  void forget_key();

  br_x509_certificate chain_;
  // BearSSL's decoder is 2 KB: only an RSA key lies in it and needs one of its own, which is kept for the next connection.
  br_skey_decoder_context* rsa_ = nullptr;
  br_ec_private_key ec_;
  unsigned char scalar_[max_scalar_bytes];
  int key_type_ = 0;  // BR_KEYTYPE_RSA, BR_KEYTYPE_EC, or 0 without an identity
  unsigned issuer_type_;
};

}  // namespace signet
