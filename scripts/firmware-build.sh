#!/bin/bash
# Builds firmware-bin/: firmware.wasm (byte for byte the same each time), the virtual images made from it and the
# manifest. An argument names another folder to build into.
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:-firmware-bin}
mkdir -p "$out"
export LC_ALL=C
clang++ --target=wasm32 -std=c++17 -O2 -nostdlib -ffreestanding -fno-exceptions -fno-rtti -fno-ident \
  -Wall -Wextra -Wl,--no-entry -Wl,--strip-all -Wl,-z,stack-size=32768 \
  firmware/src/core/*.cpp firmware/src/wasm/*.cpp -o "$out/firmware.wasm"
chmod 644 "$out/firmware.wasm"
node scripts/firmware-images.mjs "$out"
