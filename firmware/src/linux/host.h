// What the parts of the Linux home share: the options and the channel on which outputs are reported.
#pragma once
#include <poll.h>

#include <map>
#include <string>
#include <vector>

#include "littlefs_image.h"
#include "options.h"

namespace signet_host {

Options& options();

// Opens what the options name. False, with the reason on stderr, when something cannot be opened.
bool open_events();
// One line on the events channel; nothing when there is none.
void report(const char* format, ...) __attribute__((format(printf, 1, 2)));

// The files as the firmware sees them: the image or directory, with the state directory's on top. Nothing: not mountable.
bool load_files(std::map<std::string, Bytes>& out, std::string& error);

// The descriptor and events that make an idle loop wake, added to `out`.
void serial_descriptors(std::vector<pollfd>& out);
void net_descriptors(std::vector<pollfd>& out);

// The arguments of this process, for a restart.
void keep_arguments(char** argv);

}  // namespace signet_host
