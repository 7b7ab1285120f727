#!/bin/bash
# Compiles the firmware's core for the chip's instruction set (lx106), prints its size and judges it by the budgets.
set -euo pipefail
cd "$(dirname "$0")/.."
max_ram=12288
max_code=40960
objects=$(mktemp -d)
trap 'rm -rf "$objects"' EXIT
# -Os, as the chip's own build (PlatformIO's default for this core).
for source in firmware/src/core/*.cpp; do
  xtensa-lx106-elf-g++ -std=c++17 -mtext-section-literals -Os -ffreestanding -fno-exceptions -fno-rtti \
    -Wall -Wextra -c "$source" -o "$objects/$(basename "$source" .cpp).o"
done
# The chip keeps constants (.rodata) in RAM unless they are moved: its build does that, and so does this.
python3 firmware/scripts/constants_to_flash.py xtensa-lx106-elf-objcopy "$objects"/*.o
xtensa-lx106-elf-size -A "$objects"/*.o | awk -v maxRam=$max_ram -v maxCode=$max_code '
  / *:$/ { of_mqtt = $1 ~ /\/mqtt-/ }
  of_mqtt && $1 ~ /^\.(text|literal|irom|rodata)/ { mqtt += $2 }
  $1 ~ /^\.(text|literal)/ { code += $2 }
  $1 ~ /^\.irom/ { constants += $2 }
  $1 ~ /^\.(data|bss|rodata)/ { ram += $2 }
  END {
    printf "lx106: static RAM %d of %d bytes, code %d of %d bytes, constants in flash %d bytes, of both MQTT %d bytes\n", ram, maxRam, code, maxCode, constants, mqtt
    exit ram > maxRam || code + constants > maxCode
  }'
