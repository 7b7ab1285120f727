#!/bin/bash
# Tests the firmware's core: C++ tests under AddressSanitizer and UBSan, then its size on the chip's instruction set
# against the budgets. `firmware-test.sh runner` only builds the fixture runner, where its sources changed.
set -euo pipefail
cd "$(dirname "$0")/.."
out=build/firmware
mkdir -p "$out"
flags=(-std=c++17 -g -O1 -Wall -Wextra -fsanitize=address,undefined -fno-sanitize-recover=all)

# build <name>: firmware/test/<name>.cpp with the core and the scripted machine.
build() {
  local program=$out/$1
  if [ -x "$program" ] && [ -z "$(find firmware/src/core firmware/src/hal firmware/test -newer "$program" -name '*.[ch]*' -print -quit)" ]; then
    return
  fi
  g++ "${flags[@]}" firmware/src/core/*.cpp firmware/test/scripted-hal.cpp "firmware/test/$1.cpp" -lbearssl -o "$program.new"
  mv "$program.new" "$program"
}

build fixture-runner
if [ "${1:-}" = runner ]; then exit 0; fi

for source in firmware/test/*-test.cpp; do
  name=$(basename "$source" .cpp)
  build "$name"
  "$out/$name"
done

max_ram=12288
max_code=40960
objects=$out/lx106
rm -rf "$objects"
mkdir -p "$objects"
for source in firmware/src/core/*.cpp; do
  xtensa-lx106-elf-g++ -std=c++17 -mtext-section-literals -O2 -ffreestanding -fno-exceptions -fno-rtti \
    -Wall -Wextra -c "$source" -o "$objects/$(basename "$source" .cpp).o"
done
# The chip keeps constants (.rodata) in RAM as well unless its build moves them to flash: told apart here.
xtensa-lx106-elf-size -A "$objects"/*.o | awk -v maxRam=$max_ram -v maxCode=$max_code '
  $1 ~ /^\.(text|literal|irom)/ { code += $2 }
  $1 ~ /^\.rodata/ { constants += $2 }
  $1 ~ /^\.(data|bss)/ { ram += $2 }
  END {
    printf "lx106: static RAM %d of %d bytes, code %d of %d bytes, constants %d bytes\n", ram, maxRam, code, maxCode, constants
    exit ram > maxRam || code + constants > maxCode
  }'
