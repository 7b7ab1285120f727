// A TLS server for the tests that ignores the wish for small fragments, as brokers outside OpenSSL do: BearSSL's own, told
// that its limit is no larger than what the client asks for. Answers whatever comes with a CONNACK. One connection at a
// time on 127.0.0.1; prints its port.
// Usage: no-fragments-server <certificate DER> <P-256 key DER>
#include <arpa/inet.h>
#include <bearssl/bearssl.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include <vector>

namespace {

std::vector<unsigned char> read_file(const char* path) {
  std::vector<unsigned char> out(4096);
  FILE* file = fopen(path, "rb");
  out.resize(file == nullptr ? 0 : fread(out.data(), 1, out.size(), file));
  if (file != nullptr) fclose(file);
  return out;
}

int pipe_read(void* context, unsigned char* data, size_t len) {
  const ssize_t got = read(*static_cast<int*>(context), data, len);
  return got > 0 ? static_cast<int>(got) : -1;
}

int pipe_write(void* context, const unsigned char* data, size_t len) {
  const ssize_t sent = send(*static_cast<int*>(context), data, len, MSG_NOSIGNAL);
  return sent > 0 ? static_cast<int>(sent) : -1;
}

void serve(int connection, const br_x509_certificate& chain, const br_ec_private_key* key) {
  static br_ssl_server_context server;
  static unsigned char buffer[BR_SSL_BUFSIZE_BIDI];
  br_ssl_server_init_full_ec(&server, &chain, 1, BR_KEYTYPE_EC, key);
  br_ssl_engine_set_buffer(&server.eng, buffer, sizeof buffer, 1);
  server.eng.log_max_frag_len = 9;
  unsigned char seed[32];
  if (getrandom(seed, sizeof seed, 0) == sizeof seed) br_ssl_engine_inject_entropy(&server.eng, seed, sizeof seed);
  br_ssl_server_reset(&server);
  br_sslio_context io;
  br_sslio_init(&io, &server.eng, pipe_read, &connection, pipe_write, &connection);
  unsigned char received[256];
  const unsigned char connack[] = {0x20, 2, 0, 0};
  while (br_sslio_read(&io, received, sizeof received) > 0) {
    br_sslio_write_all(&io, connack, sizeof connack);
    br_sslio_flush(&io);
  }
  close(connection);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  std::vector<unsigned char> certificate = read_file(argv[1]);
  const std::vector<unsigned char> key = read_file(argv[2]);
  br_skey_decoder_context decoder;
  br_skey_decoder_init(&decoder);
  br_skey_decoder_push(&decoder, key.data(), key.size());
  if (br_skey_decoder_key_type(&decoder) != BR_KEYTYPE_EC) return 2;

  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t len = sizeof address;
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), len) != 0 || listen(listener, 4) != 0) return 1;
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &len);
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  const br_x509_certificate chain = {certificate.data(), certificate.size()};
  for (;;) serve(accept(listener, nullptr, nullptr), chain, br_skey_decoder_get_ec(&decoder));
}
