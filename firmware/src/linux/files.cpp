// The HAL's files: read out of a flashed image (or a plain directory), written to an overlay directory that wins.
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../hal/hal.h"
#include "host.h"

namespace signet_host {
namespace {

std::map<std::string, Bytes> files;

bool read_all(const std::string& path, Bytes& out) {
  FILE* file = fopen(path.c_str(), "rb");
  if (file == nullptr) return false;
  uint8_t part[65536];
  out.clear();
  for (size_t got; (got = fread(part, 1, sizeof part, file)) > 0;) out.insert(out.end(), part, part + got);
  const bool whole = ferror(file) == 0;
  fclose(file);
  return whole;
}

bool load_directory(const std::string& dir, std::map<std::string, Bytes>& out) {
  DIR* listing = opendir(dir.c_str());
  if (listing == nullptr) return false;
  while (const dirent* entry = readdir(listing)) {
    const std::string name = entry->d_name;
    const bool unfinished = name.size() > 4 && name.compare(name.size() - 4, 4, ".new") == 0;
    if (name[0] == '.' || unfinished) continue;
    read_all(dir + "/" + name, out["/" + name]);
  }
  closedir(listing);
  return true;
}

bool load_image(std::map<std::string, Bytes>& out, std::string& error) {
  const Options& all = options();
  const bool whole_flash = !all.flash_path.empty();
  Bytes bytes;
  if (!read_all(whole_flash ? all.flash_path : all.image_path, bytes)) {
    error = strerror(errno);
    return false;
  }
  if (whole_flash) bytes.erase(bytes.begin(), bytes.begin() + std::min<size_t>(all.fs_offset, bytes.size()));
  Geometry geometry{all.block_size, all.block_count};
  if (geometry.block_size == 0) geometry = probe_geometry(bytes).value_or(Geometry{0, 0});
  if (geometry.block_count == 0 && geometry.block_size != 0) {
    geometry.block_count = static_cast<uint32_t>(bytes.size() / geometry.block_size);
  }
  LittleFsImage image;
  const bool loaded = image.load(bytes, geometry);
  error = image.error();
  if (loaded) out = image.files();
  return loaded;
}

}  // namespace

bool load_files(std::map<std::string, Bytes>& out, std::string& error) {
  out.clear();
  const Options& all = options();
  if (!all.files_dir.empty()) {
    error = "the directory cannot be read";
    if (!load_directory(all.files_dir, out)) return false;
  } else if (all.image_path.empty() && all.flash_path.empty()) {
    error = "neither --flash nor --image nor --files was given";
    return false;
  } else if (!load_image(out, error)) {
    return false;
  }
  if (!all.state_dir.empty()) load_directory(all.state_dir, out);
  return true;
}

}  // namespace signet_host

using namespace signet_host;

int32_t hal_fs_mount() {
  std::string error;
  if (load_files(files, error)) return 1;
  fprintf(stderr, "signet-host: no file system: %s\n", error.c_str());
  return 0;
}

int32_t hal_file_read(const char* path, uint32_t path_len, uint8_t* out, uint32_t cap) {
  const auto file = files.find(std::string(path, path_len));
  if (file == files.end()) return -1;
  if (file->second.size() > cap) return -2;
  if (!file->second.empty()) memcpy(out, file->second.data(), file->second.size());
  return static_cast<int32_t>(file->second.size());
}

int32_t hal_file_replace(const char* path, uint32_t path_len, const uint8_t* data, uint32_t len) {
  const std::string name(path, path_len);
  if (options().state_dir.empty() || name.size() < 2 || name.find('/', 1) != std::string::npos) return -1;
  const std::string target = options().state_dir + name;
  const std::string fresh = target + ".new";
  FILE* file = fopen(fresh.c_str(), "wb");
  if (file == nullptr) return -1;
  const bool written = fwrite(data, 1, len, file) == len && fflush(file) == 0 && fsync(fileno(file)) == 0;
  if (fclose(file) != 0 || !written || rename(fresh.c_str(), target.c_str()) != 0) return -1;
  files[name].assign(data, data + len);
  report("file %s %u", name.c_str(), len);
  return 0;
}

int32_t hal_file_append(const char* path, uint32_t path_len, const uint8_t* data, uint32_t len) {
  const auto file = files.find(std::string(path, path_len));
  Bytes whole = file == files.end() ? Bytes() : file->second;
  whole.insert(whole.end(), data, data + len);
  return hal_file_replace(path, path_len, whole.data(), static_cast<uint32_t>(whole.size()));
}

int32_t hal_file_part(const char* path, uint32_t path_len, uint32_t offset, uint8_t* out, uint32_t cap) {
  const auto file = files.find(std::string(path, path_len));
  if (file == files.end()) return -1;
  if (offset >= file->second.size()) return 0;
  const uint32_t left = static_cast<uint32_t>(file->second.size()) - offset;
  const uint32_t wanted = left < cap ? left : cap;
  memcpy(out, file->second.data() + offset, wanted);
  return static_cast<int32_t>(wanted);
}
