#include "client_identity.h"

#include "engine_calls.h"

namespace signet {

bool ClientIdentity::start(const HalTls& tls) {
  key_type_ = 0;
  if (tls.certificate_len == 0 && tls.key_len == 0) return true;

  br_skey_decoder_init(&key_);
  br_skey_decoder_push(&key_, tls.key, tls.key_len);
  const int key_type = br_skey_decoder_last_error(&key_) == 0 ? br_skey_decoder_key_type(&key_) : 0;
  if (key_type == 0) return false;

  br_x509_decoder_context certificate;
  decoder_init(&certificate, nullptr, nullptr);
  br_x509_decoder_push(&certificate, tls.certificate, tls.certificate_len);
  const br_x509_pkey* public_key = br_x509_decoder_get_pkey(&certificate);
  if (public_key == nullptr || public_key->key_type != key_type) return false;

  issuer_type_ = static_cast<unsigned>(br_x509_decoder_get_signer_key_type(&certificate));
  chain_.data = const_cast<unsigned char*>(tls.certificate);  // BearSSL only reads it
  chain_.data_len = tls.certificate_len;
  key_type_ = key_type;
  return true;
}

void ClientIdentity::attach(br_ssl_client_context* client) const {
  if (key_type_ == BR_KEYTYPE_RSA) {
    br_ssl_client_set_single_rsa(client, &chain_, 1, br_skey_decoder_get_rsa(&key_), br_rsa_i15_pkcs1_sign);
  } else if (key_type_ == BR_KEYTYPE_EC) {
    br_ssl_client_set_single_ec(client, &chain_, 1, br_skey_decoder_get_ec(&key_), BR_KEYTYPE_SIGN, issuer_type_,
                                &br_ec_all_m15, br_ecdsa_i15_sign_asn1);
  }
}

}  // namespace signet
