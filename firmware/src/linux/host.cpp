#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

namespace signet_host {

Options& options() {
  static Options instance;
  return instance;
}

bool open_events() {
  Options& all = options();
  if (all.events_path.empty()) return true;
  all.events_fd = open(all.events_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (all.events_fd < 0) fprintf(stderr, "signet-host: %s: %s\n", all.events_path.c_str(), strerror(errno));
  return all.events_fd >= 0;
}

void report(const char* format, ...) {
  if (options().events_fd < 0) return;
  char line[256];
  va_list arguments;
  va_start(arguments, format);
  int len = vsnprintf(line, sizeof line - 1, format, arguments);
  va_end(arguments);
  if (len < 0) return;
  if (len > static_cast<int>(sizeof line) - 2) len = sizeof line - 2;
  line[len] = '\n';
  if (write(options().events_fd, line, static_cast<size_t>(len) + 1) < 0) options().events_fd = -1;
}

}  // namespace signet_host
