// Counts boots that ended before their first good minute, in memory that survives a reset.
#pragma once
#include <stdint.h>

namespace sg {
// Counts this boot as bad until it lasts; true when too many were.
bool countBoot();
// This boot is good, or its restart was asked for.
void clearBootCount();
}  // namespace sg
