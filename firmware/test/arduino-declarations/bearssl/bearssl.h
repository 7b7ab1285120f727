// Debian's BearSSL, but for the one call in which the core's fork differs: it hands out the issuer's name too.
#pragma once
#define br_x509_decoder_init br_x509_decoder_init_of_debian
#include_next <bearssl/bearssl.h>
#undef br_x509_decoder_init

extern "C" void br_x509_decoder_init(br_x509_decoder_context* decoder, void (*append_dn)(void*, const void*, size_t),
                                     void* append_dn_ctx, void (*append_in)(void*, const void*, size_t),
                                     void* append_in_ctx);
