#!/usr/bin/env bash
# Builds the firmware as a Linux program, under AddressSanitizer and UBSan, and prints its path: the whole firmware (no
# argument), or with "driver" the Linux HAL under a small test program instead of the core, with "server" the TLS server
# that some tests dial. Only what changed is compiled again.
set -euo pipefail
cd "$(dirname "$0")/.."

what=${1:-firmware}
out=build/firmware-host
sanitizers=(-fsanitize=address,undefined -fno-sanitize-recover=all)
flags=(-std=c++17 -O1 -g -Wall -Wextra -Werror -ffunction-sections "${sanitizers[@]}")
case $what in
  firmware) sources=(firmware/src/core/*.cpp firmware/src/bearssl/*.cpp firmware/src/linux/*.cpp) program=$out/signet-host ;;
  driver) sources=(firmware/test/linux/*.cpp firmware/src/bearssl/*.cpp firmware/src/linux/*.cpp) program=$out/hal-driver ;;
  server) sources=(firmware/test/tls-server/*.cpp) program=$out/no-fragments-server ;;
  *) echo "usage: $0 [firmware|driver|server]" >&2; exit 2 ;;
esac
mkdir -p "$out/objects"

# True when the object is missing or older than anything its dependency list names.
stale() {
  local object=$1 dependency
  [[ -f $object && -f ${object%.o}.d && ! $0 -nt $object ]] || return 0
  for dependency in $(sed -e 's/^[^:]*://' -e 's/\\$//' "${object%.o}.d"); do
    [[ -e $dependency && ! $dependency -nt $object ]] || return 0
  done
  return 1
}

objects=()
for source in "${sources[@]}"; do
  name=${source#firmware/}
  object=$out/objects/${name//\//_}.o
  objects+=("$object")
  if stale "$object"; then
    # Written aside and renamed, so that two builds at once do not read each other's halves.
    g++ "${flags[@]}" -MMD -MF "$object.$$.d" -MT "$object" -c "$source" -o "$object.$$"
    mv "$object.$$.d" "${object%.o}.d"
    mv "$object.$$" "$object"
  fi
done

newest=$(ls -t "${objects[@]}" | head -1)
if [[ ! -x $program || $newest -nt $program || ! $program.list -nt $0 || $(cat "$program.list") != "${objects[*]}" ]]; then
  g++ "${sanitizers[@]}" -o "$program.$$" "${objects[@]}" -Wl,--gc-sections -lbearssl -pthread
  mv "$program.$$" "$program"
  echo "${objects[*]}" > "$program.list"
fi
echo "$PWD/$program"
