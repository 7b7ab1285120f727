#!/usr/bin/env bash
# Builds the firmware's test programs for the chip's instruction set and prints the folder with them: fixture-runner.elf
# (the core under a script), tls-runner.elf (the same with the real TLS client) and primitives.elf. Only what changed is
# compiled again. QEMU runs them: scripts/firmware-lx106-run.sh.
set -euo pipefail
cd "$(dirname "$0")/.."

for tool in xtensa-lx106-elf-g++ qemu-system-xtensa /usr/lib/xtensa-lx106-elf/lib/libc.a; do
  if ! command -v "$tool" > /dev/null && [[ ! -e $tool ]]; then
    echo "$tool is missing: apt-get install -y --no-install-recommends gcc-xtensa-lx106 picolibc-xtensa-lx106-elf qemu-system-misc" >&2
    exit 1
  fi
done

bash scripts/firmware-lx106-bearssl.sh
out=build/lx106
objects=$out/objects
mkdir -p "$objects"
exec 9> "$out/.lock"
flock 9

own=firmware/test/lx106
picolibc=/usr/lib/xtensa-lx106-elf
common=(-O2 -g -mtext-section-literals -ffunction-sections -fdata-sections -Wall -Wextra -Werror -isystem "$picolibc/include")
cxx=(-std=c++17 -fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-use-cxa-atexit -isystem "$own/include"
  -isystem "$out/headers")
# The TLS runner takes the network and a rotation's arithmetic from the real client instead of the script.
real_net=()
for name in net_open net_poll net_read net_write net_close ec_public ec_sign gcm_open; do
  real_net+=("-Dhal_$name=scripted_$name")
done

# firmware/src includes <bearssl/bearssl.h>, its tests <bearssl.h>.
mkdir -p "$out/headers"
ln -sfn ../bearssl/source/inc "$out/headers/bearssl"
cxx+=(-isystem "$out/bearssl/source/inc")

# compile <object name> <source> [flags…]: when the object is older than anything it was made of.
compile() {
  local object=$objects/$1.o source=$2 dependency
  shift 2
  local made_of=("$source" "${BASH_SOURCE[0]}" "$out/libbearssl.a")
  if [[ -f $object && -f ${object%.o}.d ]]; then
    read -r -a more <<< "$(sed -e 's/^[^:]*://' -e 's/\\$//' "${object%.o}.d" | tr '\n' ' ')"
    made_of+=("${more[@]}")
    local stale=
    for dependency in "${made_of[@]}"; do [[ -e $dependency && ! $dependency -nt $object ]] || stale=yes; done
    [[ $stale ]] || return 0
  fi
  local command=(xtensa-lx106-elf-gcc "${common[@]}")
  if [[ $source = *.cpp ]]; then command=(xtensa-lx106-elf-g++ "${common[@]}" "${cxx[@]}"); fi
  "${command[@]}" "$@" -MMD -MF "${object%.o}.d" -c "$source" -o "$object.new"
  mv "$object.new" "$object"
}

core=() tls=()
for source in firmware/src/core/*.cpp; do
  name=core_$(basename "$source" .cpp)
  compile "$name" "$source" -ffreestanding
  core+=("$objects/$name.o")
done
for source in firmware/src/bearssl/*.cpp; do
  name=bearssl_$(basename "$source" .cpp)
  compile "$name" "$source" -Dmalloc=chip_malloc -Dfree=chip_free
  tls+=("$objects/$name.o")
done
compile start "$own/start.S"
compile rom "$own/rom.c" -fno-builtin
for name in host library transport watch chip-heap primitives; do compile "$name" "$own/$name.cpp"; done
compile engine_calls firmware/src/linux/engine_calls.cpp
# Without exceptions a `throw` only makes its object, and making that ends the program (include/stdexcept).
no_throw='-Dthrow=(void)'
compile scripted-hal firmware/test/scripted-hal.cpp "$no_throw"
compile scripted-hal-real-net firmware/test/scripted-hal.cpp "$no_throw" "${real_net[@]}"
compile fixture-runner firmware/test/fixture-runner.cpp

# link <program> <link flags and objects…>
link() {
  local program=$out/$1.elf
  shift
  xtensa-lx106-elf-g++ -nostdlib -nostartfiles -T "$own/lx106.ld" -Wl,--gc-sections -Wl,--no-warn-rwx-segments \
    "$objects/start.o" "$objects/host.o" "$objects/library.o" "$objects/rom.o" "$@" \
    "$out/libbearssl.a" -L "$picolibc/lib" -Wl,--start-group -lc -lgcc -Wl,--end-group -o "$program.new"
  mv "$program.new" "$program"
}

# From an archive only what the script's HAL leaves open is taken.
rm -f "$out/libtls.a"
xtensa-lx106-elf-ar rcs "$out/libtls.a" "${tls[@]}" "$objects/engine_calls.o" "$objects/transport.o"

link fixture-runner "${core[@]}" "$objects/scripted-hal.o" "$objects/fixture-runner.o"
watched=()
for name in br_ssl_engine_{recvrec,sendrec}_ack hal_net_poll hal_ec_{public,sign} hal_gcm_open hal_file_{read,part,replace,append} hal_restart hal_sensor_start; do
  watched+=("-Wl,--wrap=$name")
done
link tls-runner "${watched[@]}" "${core[@]}" "$objects/watch.o" "$objects/chip-heap.o" \
  "$objects/scripted-hal-real-net.o" "$objects/fixture-runner.o" "$out/libtls.a"
link primitives "$objects/primitives.o"
echo "$PWD/$out"
