#!/usr/bin/env bash
# Compiles what the chip's image is made of (core, TLS and adapter) for the chip, warnings as errors, against the
# declarations of the Arduino core that stand in firmware/test/arduino-declarations, and sees that nothing of the HAL is
# left open. An argument names another folder than firmware/src/esp8266 for the adapter.
set -euo pipefail
cd "$(dirname "$0")/.."
adapter=${1:-firmware/src/esp8266}
objects=$(mktemp -d)
trap 'rm -rf "$objects"' EXIT

# BearSSL's headers alone: what else lies in /usr/include is the host's.
mkdir "$objects/headers"
ln -s /usr/include/bearssl "$objects/headers/bearssl"
# As PlatformIO does it (firmware/platformio.ini), but for this compiler.
flags=(-std=gnu++17 -Os -mlongcalls -mtext-section-literals -fno-exceptions -fno-rtti -fno-threadsafe-statics
  -Wall -Wextra -Werror -I firmware/test/arduino-declarations -iquote firmware/src/esp8266
  -isystem firmware/test/lx106/include -isystem "$objects/headers" -isystem /usr/lib/xtensa-lx106-elf/include)

sources=("$adapter"/*.cpp)
# The other parts do not depend on the adapter: with a folder of its own only that is judged.
if [ $# -eq 0 ]; then sources+=(firmware/src/core/*.cpp firmware/src/bearssl/*.cpp); fi
printf '%s\n' "${sources[@]}" | xargs -P 2 -I{} sh -c \
  'xtensa-lx106-elf-g++ '"${flags[*]@Q}"' -c "$1" -o "$2/$(echo "$1" | tr / _).o"' sh {} "$objects"
if [ $# -gt 0 ]; then exit 0; fi
python3 firmware/scripts/constants_to_flash.py xtensa-lx106-elf-objcopy "$objects"/firmware_src_core_*.o

xtensa-lx106-elf-ld -r -o "$objects/all" "$objects"/*.o
open=$(xtensa-lx106-elf-nm -u "$objects/all" | grep -E ' (hal_|sg_|signet)|signet' | grep -v ' thunk_' || true)
if [ -n "$open" ]; then
  echo "adapter: nobody defines $open" >&2
  exit 1
fi
echo "adapter: compiles for lx106 without a warning against the declared Arduino API; nothing of the HAL is open"
