// Stands in for the firmware core where the Linux HAL itself is tested: opens a TLS connection with the files it finds,
// sends what "/send" holds, prints what comes back, and does so as often as "/plan" says. Every line begins with a word.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/core/signet.h"
#include "../../src/hal/hal.h"

namespace {

// "/plan": host port mode fragment rounds
struct Plan {
  char host[65];
  unsigned port, mode, fragment, rounds;
};

struct Material {
  uint8_t bytes[4096];
  uint32_t len;
};

Plan plan;
Material anchors, certificate, key, pin, outgoing;
uint32_t sent = 0;
bool sending = false;
unsigned rounds_left = 0;

bool load(const char* path, Material& out) {
  const int32_t len = hal_file_read(path, static_cast<uint32_t>(strlen(path)), out.bytes, sizeof out.bytes);
  out.len = len > 0 ? static_cast<uint32_t>(len) : 0;
  return len >= 0;
}

void open_connection() {
  const HalTls tls = {anchors.bytes, anchors.len, certificate.bytes, certificate.len, key.bytes,    key.len,
                      pin.bytes,     pin.len,     plan.mode,         plan.fragment,   hal_unix_ms()};
  sent = 0;
  sending = false;
  hal_net_open(plan.host, static_cast<uint32_t>(strlen(plan.host)), plan.port, &tls);
}

void finish_round(bool failed) {
  hal_net_close();
  fflush(stdout);
  if (failed || --rounds_left == 0) exit(failed ? 1 : 0);
  open_connection();
}

void exchange() {
  if (sent < outgoing.len) {
    const int32_t taken = hal_net_write(outgoing.bytes + sent, outgoing.len - sent);
    if (taken > 0) sent += static_cast<uint32_t>(taken);
  }
  uint8_t in[256];
  const int32_t got = hal_net_read(in, sizeof in);
  if (got == 0) return;
  printf("read %d ", got);
  for (int32_t i = 0; i < got; i++) printf("%02x", in[i]);
  printf("\n");
  finish_round(got < 0);
}

}  // namespace

void sg_setup() {
  Material text;
  if (hal_fs_mount() != 1 || !load("/plan", text)) exit(3);
  text.bytes[text.len] = 0;
  if (sscanf(reinterpret_cast<const char*>(text.bytes), "%64s %u %u %u %u", plan.host, &plan.port, &plan.mode,
             &plan.fragment, &plan.rounds) != 5) {
    exit(3);
  }
  load("/a.ca", anchors);
  load("/a.crt", certificate);
  load("/a.key", key);
  load("/pin", pin);
  load("/send", outgoing);
  rounds_left = plan.rounds;
  hal_time_start("", 0, "", 0);
}

uint32_t sg_loop() {
  static bool begun = false;
  if (hal_unix_ms() == 0) return 10;
  if (!begun) open_connection();
  begun = true;

  HalNet net;
  hal_net_poll(&net);
  if (net.state == 5 || net.state == 0) {
    printf("failed %d %d\n", net.code, net.raw);
    finish_round(true);
  } else if (net.state == 4) {
    if (!sending) printf("open fragment=%u resumed=%d\n", net.fragment, net.resumed);
    sending = true;
    exchange();
  }
  return 10;
}
