#!/usr/bin/env bash
# Runs a program that scripts/firmware-lx106-build.sh built, under QEMU, with this process's own descriptors. One
# instruction is one nanosecond of the simulated clock, so that instructions can be counted.
set -euo pipefail
[[ -f $1 ]] || { echo "$1 is missing: scripts/firmware-lx106-build.sh makes it" >&2; exit 1; }
exec qemu-system-xtensa -M sim -cpu lx106 -semihosting -display none -serial none -monitor none -icount shift=0 \
  -kernel "$1"
