// Declarations only: the core's file system.
#pragma once
#include <stddef.h>
#include <stdint.h>

namespace fs {
enum SeekMode { SeekSet = 0, SeekCur = 1, SeekEnd = 2 };
class File {
 public:
  explicit operator bool() const;
  size_t size() const;
  int read(uint8_t* out, size_t size);
  size_t write(const uint8_t* data, size_t size);
  bool seek(uint32_t position, SeekMode mode);
  void close();
};
class FSConfig {};
class FS {
 public:
  bool setConfig(const FSConfig& config);
  bool begin();
  bool exists(const char* path);
  File open(const char* path, const char* mode);
  bool rename(const char* from, const char* to);
};
}  // namespace fs

class LittleFSConfig : public fs::FSConfig {
 public:
  LittleFSConfig(bool autoFormat = true);
};
using fs::File;
using fs::SeekSet;
extern fs::FS LittleFS;
