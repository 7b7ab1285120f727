#include "options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <functional>

namespace signet_host {

const char* const usage = R"(signet-host: the Signet firmware on Linux

where the files come from
  --flash <file> --fs-offset N --block-size N --block-count N   a dump of the whole flash
  --image <file> [--block-size N --block-count N]               the file system alone
  --files <dir>           plain files instead of an image
  --state <dir>           where written files and the reset memory go; its files win over the image
  --list-files            print "<path> <size> <sha256>" of every file and leave

the world around it
  --time none|real        no network clock (default), or this machine's
  --unix-time <seconds>   a network clock that starts at this time
  --time-after <ms>       how long the first answer takes (100)
  --wifi ok|no-ap|auth|dhcp   how joining ends (ok)
  --wifi-after <ms>       how long joining takes (100)
  --rssi <dBm>            (-50)
  --resolve <host>=<address>[:port]   a name of its own, again and again
  --sensor ok|fail|pending, --temperature <C>, --humidity <percent>
  --reset power|external|software|watchdog|exception   what this start is said to be (power)

its channels
  --serial-fd N           the console's descriptor instead of stdin and stdout
  --events <file>, --events-fd N   one line per output: "pin 5 1", "pixel 5 RGB 1 2 3", "spi 16 fe", "display ..."
  --on-restart exec|exit  a restart runs the program anew with its memory (exec), or leaves with code 42
)";

namespace {

using Take = std::function<bool(Options&, const std::string&)>;

template <typename Number>
Take number(Number Options::*field) {
  return [field](Options& options, const std::string& text) {
    char* end = nullptr;
    options.*field = static_cast<Number>(strtoll(text.c_str(), &end, 0));
    return !text.empty() && *end == '\0';
  };
}

Take real(double Options::*field) {
  return [field](Options& options, const std::string& text) {
    char* end = nullptr;
    options.*field = strtod(text.c_str(), &end);
    return !text.empty() && *end == '\0';
  };
}

Take text(std::string Options::*field) {
  return [field](Options& options, const std::string& value) {
    options.*field = value;
    return true;
  };
}

Take one_of(std::string Options::*field, const char* words) {
  return [field, words](Options& options, const std::string& value) {
    options.*field = value;
    return (" " + std::string(words) + " ").find(" " + value + " ") != std::string::npos;
  };
}

bool take_resolve(Options& options, const std::string& value) {
  const size_t equals = value.find('=');
  if (equals == std::string::npos) return false;
  const size_t colon = value.find(':', equals);
  Endpoint endpoint{value.substr(equals + 1, colon == std::string::npos ? colon : colon - equals - 1), 0};
  if (colon != std::string::npos) endpoint.port = static_cast<uint16_t>(atoi(value.c_str() + colon + 1));
  options.resolve[value.substr(0, equals)] = endpoint;
  return true;
}

bool take_unix_time(Options& options, const std::string& value) {
  options.time = "given";
  return number(&Options::unix_time_s)(options, value);
}

bool take_restart(Options& options, const std::string& value) {
  options.exit_on_restart = value == "exit";
  return value == "exit" || value == "exec";
}

const std::map<std::string, Take>& option_table() {
  static const std::map<std::string, Take> table = {
      {"--flash", text(&Options::flash_path)},
      {"--image", text(&Options::image_path)},
      {"--files", text(&Options::files_dir)},
      {"--state", text(&Options::state_dir)},
      {"--events", text(&Options::events_path)},
      {"--events-fd", number(&Options::events_fd)},
      {"--fs-offset", number(&Options::fs_offset)},
      {"--block-size", number(&Options::block_size)},
      {"--block-count", number(&Options::block_count)},
      {"--serial-fd", number(&Options::serial_fd)},
      {"--time", one_of(&Options::time, "none real")},
      {"--unix-time", take_unix_time},
      {"--time-after", number(&Options::time_after_ms)},
      {"--wifi", one_of(&Options::wifi, "ok no-ap auth dhcp")},
      {"--wifi-after", number(&Options::wifi_after_ms)},
      {"--rssi", number(&Options::rssi_dbm)},
      {"--resolve", take_resolve},
      {"--sensor", one_of(&Options::sensor, "ok fail pending")},
      {"--temperature", real(&Options::temperature_c)},
      {"--humidity", real(&Options::humidity_percent)},
      {"--reset", one_of(&Options::reset, "power external software watchdog exception")},
      {"--on-restart", take_restart},
  };
  return table;
}

}  // namespace

bool parse_options(int argc, char** argv, Options& out) {
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "--list-files") == 0) {
      out.list_files = true;
      continue;
    }
    const auto entry = option_table().find(argv[i]);
    if (entry == option_table().end()) {
      fprintf(stderr, "signet-host: unknown option %s\n\n%s", argv[i], usage);
      return false;
    }
    const char* value = i + 1 < argc ? argv[++i] : nullptr;
    if (value == nullptr || !entry->second(out, value)) {
      fprintf(stderr, "signet-host: wrong value for %s\n", entry->first.c_str());
      return false;
    }
  }
  return true;
}

}  // namespace signet_host
