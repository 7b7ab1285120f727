// What a connection needs of the machine under it: names to addresses, a TCP stream, memory. Each home has one. Nothing
// here waits.
#pragma once
#include <stdint.h>

#include "tls_session.h"

namespace signet {

enum class Progress : uint8_t { pending, done, failed };

// Starts looking the name up; an address in text is its own answer.
void transport_resolve(const char* host, uint16_t port);
Progress transport_resolve_progress();
// Starts connecting to the address that was found.
void transport_connect();
Progress transport_connect_progress();
// The machine's own number for the last failure.
int32_t transport_error();
extern const BytePipe transport_pipe;
// Gives the stream up; what was written may still go out.
void transport_drop();

// Once, before the first TLS connection: true when stack and heap have room for `len` bytes more.
bool transport_prepare(uint32_t len);

}  // namespace signet
