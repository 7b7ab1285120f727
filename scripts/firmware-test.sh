#!/bin/bash
# Tests the firmware's core: C++ tests under AddressSanitizer and UBSan, then the chip's adapter against the declared
# Arduino API, and the core's size on the chip's instruction set against the budgets. `firmware-test.sh runner` only builds the fixture runner, where its sources changed.
set -euo pipefail
cd "$(dirname "$0")/.."
out=build/firmware
mkdir -p "$out"
flags=(-std=c++17 -g -O1 -Wall -Wextra -fsanitize=address,undefined -fno-sanitize-recover=all)

# Compiles the sources that changed (all of them when a header did), two at a time.
objects() {
  local source object
  local headers
  headers=$(find firmware/src firmware/test -name '*.h' -newer "$out/.headers" -print -quit 2>/dev/null || echo first)
  for source in "$@"; do
    object=$out/$(basename "$source" .cpp).o
    if [ -n "$headers" ] || [ ! -e "$object" ] || [ "$source" -nt "$object" ]; then printf '%s\n%s\n' "$source" "$object"; fi
  done | xargs -r -P 2 -n 2 sh -c 'g++ '"${flags[*]}"' -c "$0" -o "$1"'
}

shopt -s nullglob
core=(firmware/src/core/*.cpp)
support=(firmware/test/scripted-hal.cpp firmware/test/test-device.cpp firmware/test/rotation-driver.cpp)
tests=(firmware/test/*-test.cpp)

# One at a time: tests that run side by side may both want the runner.
exec 9>"$out/.lock"
flock 9
objects "${core[@]}" "${support[@]}" "${tests[@]}" firmware/test/fixture-runner.cpp
touch "$out/.headers"
shared=()
for source in "${core[@]}" "${support[@]}"; do shared+=("$out/$(basename "$source" .cpp).o"); done

# link <name>
link() {
  g++ "${flags[@]}" "${shared[@]}" "$out/$1.o" -lbearssl -o "$out/$1.new"
  mv "$out/$1.new" "$out/$1"
}

link fixture-runner
if [ "${1:-}" = runner ]; then exit 0; fi

for source in "${tests[@]}"; do
  name=$(basename "$source" .cpp)
  link "$name"
  "$out/$name"
done

bash scripts/firmware-lwip.sh
bash scripts/firmware-adapter.sh
bash scripts/firmware-size.sh
