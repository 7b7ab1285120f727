// The HAL's files by the core's LittleFS, which is told never to format: a failed mount is reported, not repaired.
#include <LittleFS.h>
#include <string.h>

#include "../hal/hal.h"

namespace {

constexpr uint32_t max_path_bytes = 31;

struct Path {
  char text[max_path_bytes + 5];  // with room for ".new"
  bool fits;
  Path(const char* path, uint32_t len) : text(), fits(len <= max_path_bytes) {
    if (fits) memcpy(text, path, len);
  }
};

}  // namespace

int32_t hal_fs_mount() {
  LittleFS.setConfig(LittleFSConfig(false));
  return LittleFS.begin() ? 1 : 0;
}

int32_t hal_file_read(const char* path, uint32_t path_len, uint8_t* out, uint32_t cap) {
  const Path name(path, path_len);
  if (!name.fits || !LittleFS.exists(name.text)) return -1;
  File file = LittleFS.open(name.text, "r");
  if (!file) return -3;
  const size_t size = file.size();
  if (size > cap) return -2;
  return file.read(out, size) == static_cast<int>(size) ? static_cast<int32_t>(size) : -3;
}

int32_t hal_file_replace(const char* path, uint32_t path_len, const uint8_t* data, uint32_t len) {
  const Path name(path, path_len);
  Path fresh(path, path_len);
  if (!name.fits) return -1;
  strcat(fresh.text, ".new");
  File file = LittleFS.open(fresh.text, "w");
  if (!file) return -1;
  const bool written = file.write(data, len) == len;
  // Closing commits the file; its errors do not come back, so the size is read again.
  file.close();
  File check = LittleFS.open(fresh.text, "r");
  const bool whole = check && check.size() == len;
  check.close();
  return written && whole && LittleFS.rename(fresh.text, name.text) ? 0 : -1;
}

int32_t hal_file_append(const char* path, uint32_t path_len, const uint8_t* data, uint32_t len) {
  const Path name(path, path_len);
  if (!name.fits) return -1;
  File file = LittleFS.open(name.text, "a");
  if (!file) return -1;
  const size_t before = file.size();
  const bool written = file.write(data, len) == len;
  file.close();
  File check = LittleFS.open(name.text, "r");
  return written && check && check.size() == before + len ? 0 : -1;
}

int32_t hal_file_part(const char* path, uint32_t path_len, uint32_t offset, uint8_t* out, uint32_t cap) {
  const Path name(path, path_len);
  if (!name.fits || !LittleFS.exists(name.text)) return -1;
  File file = LittleFS.open(name.text, "r");
  if (!file) return -3;
  if (offset >= file.size()) return 0;
  const size_t left = file.size() - offset;
  const size_t wanted = left < cap ? left : cap;
  if (!file.seek(offset, SeekSet)) return -3;
  return file.read(out, wanted) == static_cast<int>(wanted) ? static_cast<int32_t>(wanted) : -3;
}
