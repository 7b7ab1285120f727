#include "client_identity.h"

#include <stdlib.h>
#include <string.h>

#include "engine_calls.h"

namespace signet {

ClientIdentity::~ClientIdentity() {
  forget_key();
  free(rsa_);
}

int32_t ClientIdentity::start(const HalTls& tls, Workspace* workspace) {
  forget_key();
  if (tls.certificate_len == 0 && tls.key_len == 0) return 0;
  int32_t code = decode_key(tls, &workspace->key);
  memset(workspace, 0, sizeof *workspace);
  if (code == 0 && certificate_key_type(tls, &workspace->certificate) != key_type_) code = 408;
  if (code != 0) forget_key();
  chain_.data = const_cast<unsigned char*>(tls.certificate);  // BearSSL only reads it
  chain_.data_len = tls.certificate_len;
  return code;
}

void ClientIdentity::forget_key() {
  key_type_ = 0;
  memset(scalar_, 0, sizeof scalar_);
  if (rsa_ != nullptr) memset(rsa_, 0, sizeof *rsa_);
}

int32_t ClientIdentity::decode_key(const HalTls& tls, br_skey_decoder_context* decoder) {
  br_skey_decoder_init(decoder);
  br_skey_decoder_push(decoder, tls.key, tls.key_len);
  const int type = br_skey_decoder_last_error(decoder) == 0 ? br_skey_decoder_key_type(decoder) : 0;
  if (type == BR_KEYTYPE_EC) {
    ec_ = *br_skey_decoder_get_ec(decoder);
    if (ec_.xlen > sizeof scalar_) return 408;
    memcpy(scalar_, ec_.x, ec_.xlen);
    ec_.x = scalar_;
  } else if (type == BR_KEYTYPE_RSA) {
    if (rsa_ == nullptr) rsa_ = static_cast<br_skey_decoder_context*>(malloc(sizeof *rsa_));
    if (rsa_ == nullptr) return 406;
    // It points into itself: decoded anew rather than copied.
    br_skey_decoder_init(rsa_);
    br_skey_decoder_push(rsa_, tls.key, tls.key_len);
  }
  key_type_ = type;
  return type != 0 ? 0 : 408;
}

// The type of the certificate's own key, 0 when it cannot be read; remembers what kind of key its issuer signs with.
int ClientIdentity::certificate_key_type(const HalTls& tls, br_x509_decoder_context* decoder) {
  decoder_init(decoder, nullptr, nullptr);
  br_x509_decoder_push(decoder, tls.certificate, tls.certificate_len);
  const br_x509_pkey* key = br_x509_decoder_get_pkey(decoder);
  if (key == nullptr) return 0;
  issuer_type_ = static_cast<unsigned>(br_x509_decoder_get_signer_key_type(decoder));
  return key->key_type;
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
