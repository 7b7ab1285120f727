/* mbedTLS's own verdict on one certificate: the verifier of the ESP32 family.
 * mbedtls-verify <anchor.der> <leaf.der> <host>  prints 0 when it trusts, else the flags or the parser's error. */
#include <mbedtls/oid.h>
#include <mbedtls/x509_crt.h>
#include <stdint.h>
#include <stdio.h>

int main(int argc, char **argv) {
  mbedtls_x509_crt anchor, leaf;
  uint32_t flags = 0;
  if (argc != 4) return 2;
  mbedtls_x509_crt_init(&anchor);
  mbedtls_x509_crt_init(&leaf);
  int error = mbedtls_x509_crt_parse_file(&anchor, argv[1]);
  if (error == 0) error = mbedtls_x509_crt_parse_file(&leaf, argv[2]);
  if (error != 0) { printf("parse %d\n", error); return 0; }
  error = mbedtls_x509_crt_verify(&leaf, &anchor, NULL, argv[3], &flags, NULL, NULL);
  /* As its TLS client asks of a server's certificate, with ECDHE. */
  if (mbedtls_x509_crt_check_key_usage(&leaf, MBEDTLS_X509_KU_DIGITAL_SIGNATURE) != 0)
    flags |= MBEDTLS_X509_BADCERT_KEY_USAGE;
  if (mbedtls_x509_crt_check_extended_key_usage(&leaf, MBEDTLS_OID_SERVER_AUTH,
        MBEDTLS_OID_SIZE(MBEDTLS_OID_SERVER_AUTH)) != 0)
    flags |= MBEDTLS_X509_BADCERT_EXT_KEY_USAGE;
  printf(error != 0 && flags == 0 ? "error %d\n" : "%d\n", flags != 0 ? (int)flags : error);
  return 0;
}
