// What the ServerHello says about the maximum fragment length (RFC 6066 section 4): BearSSL keeps that to itself.
#pragma once
#include <stdint.h>

namespace signet {

// `bytes` are the connection's first bytes from the server. The fragment length in bytes that it accepted, 0 for none.
inline uint32_t server_hello_fragment(const uint8_t* bytes, uint32_t len) {
  constexpr uint32_t session_id_at = 5 + 4 + 2 + 32;  // record header, handshake header, version, random
  if (len <= session_id_at || bytes[0] != 22 || bytes[5] != 2) return 0;
  uint32_t at = session_id_at + 1 + bytes[session_id_at] + 2 + 1;  // then suite and compression
  if (at + 2 > len) return 0;
  const uint32_t end = at + 2 + (static_cast<uint32_t>(bytes[at]) << 8 | bytes[at + 1]);
  at += 2;
  while (at + 5 <= end && at + 5 <= len) {
    const uint32_t type = static_cast<uint32_t>(bytes[at]) << 8 | bytes[at + 1];
    const uint32_t size = static_cast<uint32_t>(bytes[at + 2]) << 8 | bytes[at + 3];
    if (type == 1 && size == 1 && bytes[at + 4] >= 1 && bytes[at + 4] <= 4) return 256u << bytes[at + 4];
    at += 4 + size;
  }
  return 0;
}

}  // namespace signet
