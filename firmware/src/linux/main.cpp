// signet-host: the firmware core as a Linux program. Runs the core's loop and sleeps until it, the console or the broker
// has something to do.
#include <bearssl/bearssl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "../core/signet.h"
#include "host.h"

using namespace signet_host;

namespace {

int list_files() {
  std::map<std::string, Bytes> files;
  std::string error;
  if (!load_files(files, error)) {
    fprintf(stderr, "signet-host: no file system: %s\n", error.c_str());
    return 1;
  }
  for (const auto& [path, content] : files) {
    br_sha256_context hash;
    uint8_t digest[br_sha256_SIZE];
    br_sha256_init(&hash);
    br_sha256_update(&hash, content.data(), content.size());
    br_sha256_out(&hash, digest);
    printf("%s %zu ", path.c_str(), content.size());
    for (uint8_t byte : digest) printf("%02x", byte);
    printf("\n");
  }
  return 0;
}

[[noreturn]] void run() {
  sg_setup();
  std::vector<pollfd> descriptors;
  for (;;) {
    const uint32_t wait_ms = sg_loop();
    descriptors.clear();
    serial_descriptors(descriptors);
    net_descriptors(descriptors);
    poll(descriptors.data(), descriptors.size(), static_cast<int>(wait_ms));
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
    fputs(usage, stdout);
    return 0;
  }
  if (!parse_options(argc, argv, options())) return 2;
  if (options().list_files) return list_files();
  if (!open_events()) return 2;
  signal(SIGPIPE, SIG_IGN);
  keep_arguments(argv);
  run();
}
