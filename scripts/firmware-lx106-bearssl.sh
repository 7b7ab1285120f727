#!/usr/bin/env bash
# Builds BearSSL for the chip's instruction set from Debian's source package: build/lx106/libbearssl.a and its headers.
# Only what the firmware's algorithms need is compiled. The machine's apt configuration stays as it is.
set -euo pipefail
cd "$(dirname "$0")/.."

out=$PWD/build/lx106/bearssl
library=build/lx106/libbearssl.a
# GCC 12 drops a store in BearSSL's decoders (br_skey_decoder_init) unless told not to reason by types.
flags=(-O2 -fno-strict-aliasing -ffunction-sections -fdata-sections -mtext-section-literals -w
  -DBR_64=0 -DBR_INT128=0 -DBR_SLOW_MUL15=1 -DBR_LOMUL=0 -DBR_LE_UNALIGNED=0
  -DBR_USE_URANDOM=0 -DBR_USE_UNIX_TIME=0 -DBR_USE_GETENTROPY=0)

# Downloads the package that belongs to this Debian from one mirror, with a list of sources and an index of our own.
# download <mirror> <codename>
download() {
  rm -rf "$out/apt"
  mkdir -p "$out/apt/lists/partial" "$out/apt/cache"
  echo "deb-src $1 $2 main" > "$out/apt/sources.list"
  local apt=(apt-get -qq -o "Dir::Etc::SourceList=$out/apt/sources.list" -o Dir::Etc::SourceParts=-
    -o "Dir::State::Lists=$out/apt/lists" -o "Dir::Cache=$out/apt/cache" -o APT::Sandbox::User= -o Acquire::Retries=3)
  "${apt[@]}" update >&2 && (cd "$out" && "${apt[@]}" source --download-only bearssl >&2) && rm -rf "$out/apt"
}

# Any of this machine's own mirrors; some have no sources.
download_from_any() {
  local codename mirror
  # shellcheck disable=SC1091
  codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-bookworm}")
  for mirror in $(apt-get indextargets --format '$(REPO_URI)' "Created-By: Packages" "Codename: $codename" "Component: main" | sort -u); do
    if download "$mirror" "$codename"; then return 0; fi
  done
  echo "BearSSL's source package could not be downloaded (apt-get source bearssl)" >&2
  return 1
}

needed() {
  (cd "$out/source/src" && find . -name '*.c' | grep -vE 'x86ni|pwr8|sse2|pclmul|ct64|ctmul64|ctmulq|_i62|_i31|_m31|_i32|/i31|/i32|/i62|/des_|_cbc|md5sha1|hkdf|server|_scert_|default|_full|oaep|keygen|encode_|ccm|eax|knownkey|pem|privexp|pubexp|ssl_lru|ssl_io|/aes_small|/aes_big|c25519_i|ec_c25519_m31' | sort)
}

mkdir -p build
exec 9> build/.lx106-bearssl.lock
flock 9
if [[ -e $library && ! $0 -nt $library ]]; then exit 0; fi
mkdir -p "$out"
compgen -G "$out/bearssl_*.orig.tar.*" > /dev/null || download_from_any
rm -rf "$out/source" "$out/objects"
mkdir -p "$out/source" "$out/objects"
tar -xf "$out"/bearssl_*.orig.tar.* -C "$out/source" --strip-components=1
needed | xargs -P 2 -n 8 sh -c '
  out=$1; flags=$2; shift 2
  for file in "$@"; do
    xtensa-lx106-elf-gcc $flags -I "$out/source/inc" -I "$out/source/src" \
      -c "$out/source/src/$file" -o "$out/objects/$(basename "$file" .c).o" || exit 255
  done' sh "$out" "${flags[*]}"
rm -f "$library"
xtensa-lx106-elf-ar rcs "$library.new" "$out"/objects/*.o
mv "$library.new" "$library"
