#include "littlefs_image.h"

#include <string.h>

namespace signet_host {
namespace {

constexpr uint32_t type_superblock = 0x0ff;
constexpr uint32_t type_file = 0x001;
constexpr uint32_t type_directory = 0x002;
constexpr uint32_t type_directory_struct = 0x200;
constexpr uint32_t type_inline = 0x201;
constexpr uint32_t type_ctz = 0x202;
constexpr uint32_t type_create = 0x401;
constexpr uint32_t type_delete = 0x4ff;
constexpr uint32_t type_move = 0x7ff;
constexpr uint32_t deleted_length = 0x3ff;
constexpr uint32_t disk_version = 0x00020000;
constexpr uint32_t max_name_bytes = 32;
constexpr uint32_t max_depth = 16;

uint32_t le32(const uint8_t* at) {
  return at[0] | static_cast<uint32_t>(at[1]) << 8 | static_cast<uint32_t>(at[2]) << 16 | static_cast<uint32_t>(at[3]) << 24;
}

uint32_t be32(const uint8_t* at) {
  return at[3] | static_cast<uint32_t>(at[2]) << 8 | static_cast<uint32_t>(at[1]) << 16 | static_cast<uint32_t>(at[0]) << 24;
}

uint32_t crc32(uint32_t crc, const uint8_t* data, size_t len) {
  for (size_t i = 0; i < len; i++) {
    crc ^= data[i];
    for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0u);
  }
  return crc;
}

uint32_t tag_type(uint32_t tag) { return tag >> 20 & 0x7ff; }
uint32_t tag_id(uint32_t tag) { return tag >> 10 & 0x3ff; }
uint32_t tag_length(uint32_t tag) { return tag & 0x3ff; }
bool is_crc(uint32_t tag) { return (tag_type(tag) & 0x700) == 0x500; }

}  // namespace

std::optional<Geometry> probe_geometry(const Bytes& image) {
  // The superblock entry opens the first commit: revision, name tag, "littlefs", struct tag, then the 24 bytes.
  for (uint32_t at = 0; at + 48 <= image.size() && at <= 65536; at = at == 0 ? 512 : at * 2) {
    if (memcmp(&image[at + 8], "littlefs", 8) != 0) continue;
    const Geometry found{le32(&image[at + 24]), le32(&image[at + 28])};
    if (found.block_size >= 128 && found.block_count >= 2) return found;
  }
  return std::nullopt;
}

bool LittleFsImage::fail(const std::string& why) {
  error_ = why;
  return false;
}

const uint8_t* LittleFsImage::block(uint32_t index) const {
  if (index >= geometry_.block_count) return nullptr;
  return image_->data() + static_cast<size_t>(index) * geometry_.block_size;
}

bool LittleFsImage::load(const Bytes& image, Geometry geometry) {
  files_.clear();
  error_.clear();
  image_ = &image;
  geometry_ = geometry;
  if (geometry.block_size < 128 || geometry.block_count < 2) return fail("no geometry");
  if (image.size() / geometry.block_size < geometry.block_count) return fail("shorter than its geometry");
  Metadata root;
  if (!read_pair({{0, 1}}, root)) return false;
  memset(move_, 0, sizeof move_);
  return check_superblock(root) && collect_moves({{0, 1}}) && walk({{0, 1}}, "", 0);
}

bool LittleFsImage::check_superblock(const Metadata& root) {
  if (root.entries.empty() || root.entries[0].name_type != type_superblock || root.entries[0].name != "littlefs" ||
      root.entries[0].content.size() < 24) {
    return fail("no superblock");
  }
  const uint8_t* fields = root.entries[0].content.data();
  if (le32(fields) != disk_version) return fail("disk version is not 2.0");
  if (le32(fields + 4) != geometry_.block_size || le32(fields + 8) != geometry_.block_count) {
    return fail("made for another geometry");
  }
  if (le32(fields + 12) > max_name_bytes || le32(fields + 16) > 0x7fffffff || le32(fields + 20) > 1022) {
    return fail("limits above the driver's");
  }
  return true;
}

bool LittleFsImage::read_pair(Pair pair, Metadata& out) {
  const uint8_t* blocks[2] = {block(pair.block[0]), block(pair.block[1])};
  if (blocks[0] == nullptr || blocks[1] == nullptr) return fail("a pair outside the file system");
  const bool second_is_newer = static_cast<int32_t>(le32(blocks[1]) - le32(blocks[0])) > 0;
  const uint32_t newer = second_is_newer ? 1 : 0;
  if (read_log(pair.block[newer], out)) return true;
  out = Metadata{};
  if (read_log(pair.block[1 - newer], out)) return true;
  return fail("a metadata pair without a valid commit");
}

// Replays every commit whose CRC holds; false when not even the first does.
bool LittleFsImage::read_log(uint32_t block_index, Metadata& out) const {
  const uint8_t* bytes = block(block_index);
  uint32_t crc = crc32(0xffffffff, bytes, 4);
  uint32_t previous = 0xffffffff;
  uint32_t at = 4;
  bool valid = false;
  Metadata pending;
  while (at + 4 <= geometry_.block_size) {
    const uint32_t tag = be32(bytes + at) ^ previous;
    const uint32_t len = tag_length(tag) == deleted_length ? 0 : tag_length(tag);
    if (tag >> 31 != 0 || at + 4 + len > geometry_.block_size) break;
    crc = crc32(crc, bytes + at, 4);
    previous = tag;
    if (is_crc(tag)) {
      if (len < 4 || crc != le32(bytes + at + 4)) break;
      previous ^= (tag_type(tag) & 1) << 31;
      crc = 0xffffffff;
      out = pending;
      valid = true;
    } else {
      crc = crc32(crc, bytes + at + 4, len);
      apply(pending, tag, bytes + at + 4, len);
    }
    at += 4 + len;
  }
  return valid;
}

void LittleFsImage::apply(Metadata& metadata, uint32_t tag, const uint8_t* data, uint32_t len) {
  const uint32_t type = tag_type(tag);
  const uint32_t id = tag_id(tag);
  auto& entries = metadata.entries;
  const bool removed = tag_length(tag) == deleted_length;
  if (type == type_create) {
    if (id <= entries.size()) entries.insert(entries.begin() + id, Entry{});
  } else if (type == type_delete) {
    if (id < entries.size()) entries.erase(entries.begin() + id);
  } else if (type >> 8 == 0 && id != 0x3ff) {
    if (id >= entries.size()) entries.resize(id + 1);
    entries[id].name_type = type;
    entries[id].name.assign(reinterpret_cast<const char*>(data), len);
  } else if (type >> 8 == 2 && id < entries.size()) {
    entries[id].struct_type = removed ? 0 : type;
    entries[id].content.assign(data, data + len);
  } else if (type >> 8 == 6 && len == 8) {
    metadata.tail = {{le32(data), le32(data + 4)}};
    metadata.has_tail = metadata.tail.block[0] != 0xffffffff;
    metadata.hard_tail = type & 1;
  } else if (type == type_move && len == sizeof metadata.move) {
    memcpy(metadata.move, data, len);
  }
}

// The pending move is spread over all pairs, as the XOR of their deltas.
bool LittleFsImage::collect_moves(Pair pair) {
  for (uint32_t visited = 0; visited <= geometry_.block_count / 2; visited++) {
    Metadata metadata;
    if (!read_pair(pair, metadata)) return false;
    for (size_t i = 0; i < sizeof move_; i++) move_[i] ^= metadata.move[i];
    if (!metadata.has_tail) return true;
    pair = metadata.tail;
  }
  return fail("the list of pairs runs in a circle");
}

bool LittleFsImage::walk(Pair pair, const std::string& path, uint32_t depth) {
  if (depth > max_depth) return fail("directories too deep");
  const bool moving = tag_type(le32(move_)) != 0;
  for (uint32_t visited = 0; visited <= geometry_.block_count / 2; visited++) {
    Metadata metadata;
    if (!read_pair(pair, metadata)) return false;
    const Pair from{{le32(move_ + 4), le32(move_ + 8)}};
    const bool move_here = moving && ((from.block[0] == pair.block[0] && from.block[1] == pair.block[1]) ||
                                      (from.block[0] == pair.block[1] && from.block[1] == pair.block[0]));
    for (size_t id = 0; id < metadata.entries.size(); id++) {
      if (move_here && id == tag_id(le32(move_))) continue;  // its other half is already elsewhere
      if (!take_entry(metadata.entries[id], path, depth)) return false;
    }
    if (!metadata.has_tail || !metadata.hard_tail) return true;
    pair = metadata.tail;
  }
  return fail("a directory runs in a circle");
}

bool LittleFsImage::take_entry(const Entry& entry, const std::string& path, uint32_t depth) {
  const std::string here = path + "/" + entry.name;
  if (entry.name_type == type_directory && entry.struct_type == type_directory_struct && entry.content.size() == 8) {
    return walk({{le32(entry.content.data()), le32(entry.content.data() + 4)}}, here, depth + 1);
  }
  if (entry.name_type != type_file) return true;
  Bytes content = entry.content;
  if (entry.struct_type == type_ctz) {
    if (content.size() != 8) return fail(here + ": a malformed structure");
    const uint32_t head = le32(content.data());
    const uint32_t size = le32(content.data() + 4);
    if (!read_ctz(head, size, content)) return fail(here + ": its blocks cannot be followed");
  } else if (entry.struct_type != type_inline) {
    content.clear();
  }
  files_[here] = std::move(content);
  return true;
}

bool LittleFsImage::read_ctz(uint32_t head, uint32_t size, Bytes& out) const {
  if (size > static_cast<uint64_t>(geometry_.block_count) * geometry_.block_size) return false;
  std::vector<uint32_t> data_bytes;  // of each block, in file order
  for (uint32_t covered = 0, i = 0; covered < size; i++) {
    const uint32_t pointers = i == 0 ? 0 : static_cast<uint32_t>(__builtin_ctz(i)) + 1;
    data_bytes.push_back(geometry_.block_size - 4 * pointers);
    covered += data_bytes.back();
  }
  std::vector<uint32_t> blocks(data_bytes.size());
  for (size_t i = blocks.size(); i-- > 0;) {
    blocks[i] = head;
    if (block(head) == nullptr) return false;
    head = le32(block(head));  // pointer 0 leads to the block before
  }
  out.clear();
  for (size_t i = 0; i < blocks.size(); i++) {
    const uint8_t* start = block(blocks[i]) + (geometry_.block_size - data_bytes[i]);
    const size_t left = size - out.size();
    out.insert(out.end(), start, start + (left < data_bytes[i] ? left : data_bytes[i]));
  }
  return true;
}

}  // namespace signet_host
