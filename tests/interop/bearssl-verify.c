/* BearSSL's own verdict on one certificate: the verifier inside the ESP8266's core.
 * bearssl-verify <anchor.der> <leaf.der> <host> <unix seconds>  prints the BR_ERR_X509_* code (0: trusted), and
 * "nosign" where the key is no good for ECDHE. */
#include <bearssl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct bytes { unsigned char data[8192]; size_t size; };

static struct bytes subject;

static void append_subject(void *context, const void *data, size_t size) {
  (void)context;
  for (size_t i = 0; i < size && subject.size < sizeof subject.data; i++)
    subject.data[subject.size++] = ((const unsigned char *)data)[i];
}

static void read_file(const char *path, struct bytes *out) {
  FILE *file = fopen(path, "rb");
  if (!file) { perror(path); exit(2); }
  out->size = fread(out->data, 1, sizeof out->data, file);
  fclose(file);
}

int main(int argc, char **argv) {
  static struct bytes anchor_der, leaf_der;
  static br_x509_decoder_context decoder;
  static br_x509_minimal_context verifier;
  if (argc != 5) return 2;
  read_file(argv[1], &anchor_der);
  read_file(argv[2], &leaf_der);

  br_x509_decoder_init(&decoder, append_subject, NULL);
  br_x509_decoder_push(&decoder, anchor_der.data, anchor_der.size);
  br_x509_pkey *key = br_x509_decoder_get_pkey(&decoder);
  if (!key) { printf("anchor %d\n", br_x509_decoder_last_error(&decoder)); return 2; }
  br_x509_trust_anchor anchor = { { subject.data, subject.size },
    br_x509_decoder_isCA(&decoder) ? BR_X509_TA_CA : 0, *key };

  br_x509_minimal_init_full(&verifier, &anchor, 1);
  uint64_t seconds = strtoull(argv[4], NULL, 10);
  br_x509_minimal_set_time(&verifier, (uint32_t)(719528 + seconds / 86400), (uint32_t)(seconds % 86400));
  const br_x509_class **x509 = &verifier.vtable;
  (*x509)->start_chain(x509, argv[3]);
  (*x509)->start_cert(x509, (uint32_t)leaf_der.size);
  (*x509)->append(x509, leaf_der.data, leaf_der.size);
  (*x509)->end_cert(x509);
  unsigned verdict = (*x509)->end_chain(x509), usages = 0;
  (*x509)->get_pkey(x509, &usages);
  printf("%u%s\n", verdict, verdict != 0 || (usages & BR_KEYTYPE_SIGN) ? "" : " nosign");
  return 0;
}
