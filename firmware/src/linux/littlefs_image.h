// Reads a littlefs image of disk version 2.0, including one with history (deletes, renames, moves, stale blocks): the
// newest valid commits of every metadata pair, replayed. Read-only; knows nothing of where the bytes come from.
#pragma once
#include <stdint.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace signet_host {

struct Geometry {
  uint32_t block_size;
  uint32_t block_count;
};

using Bytes = std::vector<uint8_t>;

// The geometry that a superblock at the beginning of `image` states, if one can be found.
std::optional<Geometry> probe_geometry(const Bytes& image);

class LittleFsImage {
 public:
  // Every file by its absolute path. On anything that the driver would not mount or read: false, with `error` said.
  bool load(const Bytes& image, Geometry geometry);
  const std::map<std::string, Bytes>& files() const { return files_; }
  const std::string& error() const { return error_; }

 private:
  struct Pair {
    uint32_t block[2];
  };
  struct Entry {
    uint32_t name_type = 0;
    std::string name;
    uint32_t struct_type = 0;
    Bytes content;
  };
  struct Metadata {
    std::vector<Entry> entries;
    Pair tail{};
    bool has_tail = false;
    bool hard_tail = false;
    uint8_t move[12] = {};
  };

  bool fail(const std::string& why);
  const uint8_t* block(uint32_t index) const;
  bool read_pair(Pair pair, Metadata& out);
  bool read_log(uint32_t block_index, Metadata& out) const;
  static void apply(Metadata& metadata, uint32_t tag, const uint8_t* data, uint32_t len);
  bool check_superblock(const Metadata& root);
  bool collect_moves(Pair root);
  bool walk(Pair pair, const std::string& path, uint32_t depth);
  bool take_entry(const Entry& entry, const std::string& path, uint32_t depth);
  bool read_ctz(uint32_t head, uint32_t size, Bytes& out) const;

  const Bytes* image_ = nullptr;
  Geometry geometry_{};
  uint8_t move_[12] = {};
  std::map<std::string, Bytes> files_;
  std::string error_;
};

}  // namespace signet_host
