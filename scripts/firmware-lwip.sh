#!/usr/bin/env bash
# Tests the chip's transport (firmware/src/esp8266/transport.cpp) on Linux against Debian's lwIP, under the sanitizers.
set -euo pipefail
cd "$(dirname "$0")/.."
out=build/firmware
mkdir -p "$out"
g++ -std=c++17 -g -O1 -Wall -Wextra -fsanitize=address,undefined -fno-sanitize-recover=all -I firmware/test/lwip \
  -isystem /usr/include/lwip firmware/test/lwip/lwip-transport-test.cpp firmware/src/esp8266/transport.cpp -llwip -lpthread \
  -o "$out/lwip-transport-test"
"$out/lwip-transport-test"
