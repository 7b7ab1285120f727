// The command line of signet-host. Knows the options' names and defaults, not what they do.
#pragma once
#include <stdint.h>

#include <map>
#include <string>

namespace signet_host {

struct Endpoint {
  std::string host;
  uint16_t port;  // 0 keeps the port that was asked for
};

struct Options {
  std::string flash_path;
  std::string image_path;
  std::string files_dir;
  std::string state_dir;
  std::string events_path;
  uint32_t fs_offset = 0;
  uint32_t block_size = 0;
  uint32_t block_count = 0;
  bool list_files = false;
  bool exit_on_restart = false;
  int serial_fd = -1;
  int events_fd = -1;
  std::string time = "none";
  uint64_t unix_time_s = 0;
  uint32_t time_after_ms = 100;
  std::string wifi = "ok";
  uint32_t wifi_after_ms = 100;
  int rssi_dbm = -50;
  std::string sensor = "ok";
  double temperature_c = 21.5;
  double humidity_percent = 40.2;
  std::string reset = "power";
  std::map<std::string, Endpoint> resolve;
};

// Fills `out`; on a wrong option prints what is wrong to stderr and returns false.
bool parse_options(int argc, char** argv, Options& out);

extern const char* const usage;

}  // namespace signet_host
