// Declarations only: told when the system's time was set, and whether by SNTP.
#pragma once

void settimeofday_cb(void (*callback)(bool from_sntp));
