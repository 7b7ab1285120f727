#include "client_identity.h"

#include <stdlib.h>
#include <string.h>

#include "engine_calls.h"

namespace signet {

ClientIdentity::~ClientIdentity() { forget_key(); }

bool ClientIdentity::start(const HalTls& tls) {
  forget_key();
  if (tls.certificate_len == 0 && tls.key_len == 0) return true;
  if (!decode_key(tls.key, tls.key_len) || certificate_key_type(tls) != key_type_) {
    forget_key();
    return false;
  }
  chain_.data = const_cast<unsigned char*>(tls.certificate);  // BearSSL only reads it
  chain_.data_len = tls.certificate_len;
  return true;
}

void ClientIdentity::forget_key() {
  key_type_ = 0;
  memset(scalar_, 0, sizeof scalar_);
  if (rsa_ == nullptr) return;
  memset(rsa_, 0, sizeof *rsa_);
  free(rsa_);
  rsa_ = nullptr;
}

bool ClientIdentity::decode_key(const uint8_t* der, uint32_t len) {
  rsa_ = static_cast<br_skey_decoder_context*>(malloc(sizeof *rsa_));
  if (rsa_ == nullptr) return false;
  br_skey_decoder_init(rsa_);
  br_skey_decoder_push(rsa_, der, len);
  const int type = br_skey_decoder_last_error(rsa_) == 0 ? br_skey_decoder_key_type(rsa_) : 0;
  if (type == BR_KEYTYPE_EC) {
    ec_ = *br_skey_decoder_get_ec(rsa_);
    if (ec_.xlen > sizeof scalar_) return false;
    memcpy(scalar_, ec_.x, ec_.xlen);
    ec_.x = scalar_;
    memset(rsa_, 0, sizeof *rsa_);
    free(rsa_);
    rsa_ = nullptr;
  }
  key_type_ = type;
  return type != 0;
}

// The type of the certificate's own key, 0 when it cannot be read; remembers what kind of key its issuer signs with.
int ClientIdentity::certificate_key_type(const HalTls& tls) {
  auto* decoder = static_cast<br_x509_decoder_context*>(malloc(sizeof(br_x509_decoder_context)));
  if (decoder == nullptr) return 0;
  decoder_init(decoder, nullptr, nullptr);
  br_x509_decoder_push(decoder, tls.certificate, tls.certificate_len);
  const br_x509_pkey* key = br_x509_decoder_get_pkey(decoder);
  const int type = key == nullptr ? 0 : key->key_type;
  if (key != nullptr) issuer_type_ = static_cast<unsigned>(br_x509_decoder_get_signer_key_type(decoder));
  free(decoder);
  return type;
}

void ClientIdentity::attach(br_ssl_client_context* client) const {
  if (key_type_ == BR_KEYTYPE_RSA) {
    br_ssl_client_set_single_rsa(client, &chain_, 1, br_skey_decoder_get_rsa(rsa_), br_rsa_i15_pkcs1_sign);
  } else if (key_type_ == BR_KEYTYPE_EC) {
    br_ssl_client_set_single_ec(client, &chain_, 1, &ec_, BR_KEYTYPE_SIGN, issuer_type_, &br_ec_all_m15,
                                br_ecdsa_i15_sign_asn1);
  }
}

}  // namespace signet
