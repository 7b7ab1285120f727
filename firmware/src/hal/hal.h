// What the firmware core asks of the machine it runs on. Four homes implement it: the chip (esp8266/), Linux (linux/),
// lx106 under QEMU, and the page's virtual board (WebAssembly: each function is an import of module "hal").
// Nothing here blocks; nothing allocates. Texts are UTF-8, not terminated, with their length; times are milliseconds.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __wasm__
#define HAL_FN(name) __attribute__((import_module("hal"), import_name(#name)))
#else
#define HAL_FN(name)
#endif

extern "C" {

// --- time ---------------------------------------------------------------------------------------------------------
// Milliseconds since boot; never goes back.
HAL_FN(hal_millis) uint64_t hal_millis(void);
// Starts the network clock. `servers` is comma-separated; `tz` a POSIX zone, for display only.
HAL_FN(hal_time_start) void hal_time_start(const char* servers, uint32_t servers_len, const char* tz, uint32_t tz_len);
// What that zone adds to UTC at a Unix time, seconds; 0 when nobody understands the zone.
HAL_FN(hal_zone_offset) int32_t hal_zone_offset(uint64_t unix_s);
// Unix time in ms once a server has answered, else 0. Never the host's own clock unless the host is told to.
HAL_FN(hal_unix_ms) uint64_t hal_unix_ms(void);

// --- randomness and hashes ----------------------------------------------------------------------------------------
HAL_FN(hal_random) void hal_random(uint8_t* out, uint32_t len);
// One hash at a time: SHA-256, or HMAC-SHA-256 when key_len > 0. `end` writes 32 bytes.
HAL_FN(hal_hash_begin) void hal_hash_begin(const uint8_t* key, uint32_t key_len);
HAL_FN(hal_hash_add) void hal_hash_add(const uint8_t* data, uint32_t len);
HAL_FN(hal_hash_end) void hal_hash_end(uint8_t* out);

// --- keys of a rotation (P-256, AES-256-GCM): 1 done, 0 refused -----------------------------------------------------
// The public point (65 bytes, uncompressed) of a private scalar (32 bytes); 0 when the scalar is none.
HAL_FN(hal_ec_public) int32_t hal_ec_public(const uint8_t* scalar, uint8_t* point);
// ECDSA over a SHA-256 digest, deterministic (RFC 6979): r and s, 32 bytes each.
HAL_FN(hal_ec_sign) int32_t hal_ec_sign(const uint8_t* scalar, const uint8_t* digest, uint8_t* signature);
// Opens `data` in place: ciphertext and 16 bytes of tag. 32 bytes of key, 12 of nonce. 0 when the tag is wrong.
HAL_FN(hal_gcm_open) int32_t hal_gcm_open(const uint8_t* key, const uint8_t* nonce, const uint8_t* aad, uint32_t aad_len,
                                          uint8_t* data, uint32_t len);

// --- serial console -----------------------------------------------------------------------------------------------
HAL_FN(hal_serial_open) void hal_serial_open(uint32_t baud);
HAL_FN(hal_serial_write) void hal_serial_write(const char* text, uint32_t len);
// Bytes taken (0 when none wait).
HAL_FN(hal_serial_read) uint32_t hal_serial_read(char* out, uint32_t cap);

// --- files (LittleFS; never formatted) ----------------------------------------------------------------------------
// 1 when mounted, 0 when there is no file system that mounts.
HAL_FN(hal_fs_mount) int32_t hal_fs_mount(void);
// Reads a whole file: its size, -1 when it does not exist, -2 when larger than cap, -3 on a read error.
HAL_FN(hal_file_read) int32_t hal_file_read(const char* path, uint32_t path_len, uint8_t* out, uint32_t cap);
// Writes `path`.new, syncs, renames over `path`. 0 when done, negative when the old content stands.
HAL_FN(hal_file_replace) int32_t hal_file_replace(const char* path, uint32_t path_len, const uint8_t* data, uint32_t len);
// Adds to the end of `path`. 0 when done, negative when the old content stands.
HAL_FN(hal_file_append) int32_t hal_file_append(const char* path, uint32_t path_len, const uint8_t* data, uint32_t len);
// Up to `cap` bytes from `offset` on: how many, 0 at the end, -1 when the file does not exist, -3 on a read error.
HAL_FN(hal_file_part) int32_t hal_file_part(const char* path, uint32_t path_len, uint32_t offset, uint8_t* out, uint32_t cap);

// --- Wi-Fi --------------------------------------------------------------------------------------------------------
struct HalWifi {
  int32_t state;   // 0 idle, 1 joining, 2 connected, 3 failed
  int32_t reason;  // when failed: 201 no access point, 202 authentication, 203 DHCP (codes of docs/contracts.md)
  int32_t rssi;    // dBm
  uint8_t ip[4];
  int32_t raw;     // why it failed or was lost: 802.11's reason code or the SDK's (from 200 on); 0 unknown
};
HAL_FN(hal_wifi_join) void hal_wifi_join(const uint8_t* ssid, uint32_t ssid_len, const char* psk, uint32_t psk_len,
                                         const char* host_name, uint32_t host_name_len);
HAL_FN(hal_wifi_leave) void hal_wifi_leave(void);
HAL_FN(hal_wifi_poll) void hal_wifi_poll(struct HalWifi* out);

// --- TLS connection to the broker (one at a time) -----------------------------------------------------------------
// Credentials stay valid and unchanged while the connection is open or opening. DER throughout.
struct HalTls {
  const uint8_t* anchors;      uint32_t anchors_len;      // one or two certificates, concatenated
  const uint8_t* certificate;  uint32_t certificate_len;
  const uint8_t* key;          uint32_t key_len;          // SEC1 or PKCS#1
  const uint8_t* pin;          uint32_t pin_len;          // 0, 32 (SPKI SHA-256, beside the CA) or 20 (mode 1)
  uint32_t mode;               // 0 CA and host name, 1 SHA-1 fingerprint only (the user asked for it)
  uint32_t fragment;           // 0 = probe, else 512, 1024, 2048, 4096
  uint64_t now_ms;             // Unix time the certificates are judged by
};
struct HalNet {
  int32_t state;      // 0 closed, 1 resolving, 2 connecting, 3 handshaking, 4 open, 5 failed
  int32_t code;       // when failed: 351, 352, 401..408, 501 (docs/contracts.md)
  int32_t raw;        // the TLS library's own number, for 408
  uint32_t tls_ms;    // once open
  uint32_t fragment;  // negotiated maximum fragment length, 0 = none
  int32_t resumed;
  int32_t simulated;  // 1 when there is no TLS underneath (the demo)
};
HAL_FN(hal_net_open) void hal_net_open(const char* host, uint32_t host_len, uint32_t port, const struct HalTls* tls);
HAL_FN(hal_net_poll) void hal_net_poll(struct HalNet* out);
// Bytes taken or given; 0 when it would block; -1 when the connection is gone.
HAL_FN(hal_net_read) int32_t hal_net_read(uint8_t* out, uint32_t cap);
HAL_FN(hal_net_write) int32_t hal_net_write(const uint8_t* data, uint32_t len);
HAL_FN(hal_net_close) void hal_net_close(void);

// --- sensors and outputs ------------------------------------------------------------------------------------------
struct HalReading {
  int32_t state;        // 0 pending, 1 ok, 2 failed
  int32_t temperature;  // tenths of a degree Celsius
  int32_t humidity;     // tenths of a percent
};
// type: 1 DHT11, 2 DHT22.
HAL_FN(hal_sensor_start) void hal_sensor_start(int32_t type, int32_t pin);
HAL_FN(hal_sensor_poll) void hal_sensor_poll(struct HalReading* out);
// Sets the pin's level before its direction, so that nothing clicks.
HAL_FN(hal_pin_output) void hal_pin_output(int32_t pin, int32_t level);
// order: three letters, for example "RGB".
HAL_FN(hal_pixel) void hal_pixel(int32_t pin, const char* order, uint32_t r, uint32_t g, uint32_t b);
HAL_FN(hal_spi_byte) void hal_spi_byte(int32_t ss_pin, uint32_t byte);
HAL_FN(hal_display) void hal_display(const char* text, uint32_t len);

// --- machine ------------------------------------------------------------------------------------------------------
enum HalReset { HAL_RESET_POWER = 0, HAL_RESET_EXTERNAL = 1, HAL_RESET_SOFTWARE = 2, HAL_RESET_WATCHDOG = 3, HAL_RESET_EXCEPTION = 4 };
HAL_FN(hal_reset_reason) int32_t hal_reset_reason(void);
HAL_FN(hal_restart) void hal_restart(void);
// Free heap and its largest free block in bytes.
HAL_FN(hal_heap) void hal_heap(uint32_t* free_bytes, uint32_t* largest_bytes);
// 16 bytes that survive a reset but not a power cut (count of bad boots).
HAL_FN(hal_keep_read) void hal_keep_read(uint8_t* out16);
HAL_FN(hal_keep_write) void hal_keep_write(const uint8_t* in16);

}  // extern "C"
