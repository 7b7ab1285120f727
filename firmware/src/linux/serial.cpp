// The HAL's serial console on stdin and stdout, or on one given descriptor.
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "../hal/hal.h"
#include "host.h"

using namespace signet_host;

namespace {

bool input_ended = false;

int input_fd() { return options().serial_fd >= 0 ? options().serial_fd : STDIN_FILENO; }
int output_fd() { return options().serial_fd >= 0 ? options().serial_fd : STDOUT_FILENO; }

}  // namespace

void signet_host::serial_descriptors(std::vector<pollfd>& out) {
  if (!input_ended) out.push_back({input_fd(), POLLIN, 0});
}

void hal_serial_open(uint32_t) {
  const int flags = fcntl(input_fd(), F_GETFL);
  if (flags >= 0) fcntl(input_fd(), F_SETFL, flags | O_NONBLOCK);
}

void hal_serial_write(const char* text, uint32_t len) {
  while (len > 0) {
    const ssize_t sent = write(output_fd(), text, len);
    if (sent < 0 && errno == EAGAIN) {
      pollfd waiting{output_fd(), POLLOUT, 0};
      // A console that nobody reads loses text rather than stopping the firmware.
      if (poll(&waiting, 1, 100) <= 0) return;
      continue;
    }
    if (sent <= 0) return;
    text += sent;
    len -= static_cast<uint32_t>(sent);
  }
}

uint32_t hal_serial_read(char* out, uint32_t cap) {
  if (input_ended || cap == 0) return 0;
  const ssize_t got = read(input_fd(), out, cap);
  if (got == 0) input_ended = true;
  return got > 0 ? static_cast<uint32_t>(got) : 0;
}
