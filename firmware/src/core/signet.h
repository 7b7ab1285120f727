// The firmware core's two entry points. Freestanding C++17: no heap, no exceptions, no Arduino.
#pragma once
#include <stdint.h>

extern "C" {
// Once after reset.
void sg_setup(void);
// Again and again; returns at once. The milliseconds until it has something to do, at most 50.
uint32_t sg_loop(void);
}
