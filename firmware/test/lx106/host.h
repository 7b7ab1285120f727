// What a program in the simulated chip can ask of its host: bytes from and to descriptors, and how far it has come.
#pragma once
#include <stdint.h>

extern "C" {
int32_t host_call(int32_t number, int32_t a, int32_t b, int32_t c);
uint32_t cycle_count(void);
}

// As much as is there, at least one byte; 0 at the end, negative on failure.
int32_t host_read(int32_t descriptor, void* out, uint32_t cap);
int32_t host_write(int32_t descriptor, const void* data, uint32_t len);
// True when reading would not wait; looks for so long.
bool host_is_readable(int32_t descriptor, uint32_t wait_ms);
// Instructions since the start: exact to about a hundred, and only when QEMU runs with `-icount shift=0`.
uint64_t host_instructions();
