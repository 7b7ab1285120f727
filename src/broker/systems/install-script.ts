/**
 * install.sh: puts the bundle where a system's own Mosquitto service looks, with owner and mode, and starts it. One
 * frame of POSIX sh for Debian, OpenWrt and macOS; what differs comes as parts. Run again, it changes only what differs.
 */

export interface InstallParts {
  /** "Debian, Ubuntu, Raspberry Pi OS". */
  readonly systemName: string;
  /** How it is called: `sudo ./install.sh`. */
  readonly call: string;
  /** sh: leaves unless the script may do this here. */
  readonly allowed: string;
  /** sh: installs what is missing, by way of `run`. */
  readonly packages: string;
  /** Where the files go, and the configuration that the service reads; both may use sh's own words. */
  readonly target: string;
  readonly conf: string;
  /** User and group of what only the broker reads; null where it runs as whoever calls the script. */
  readonly owner: string | null;
  /** sh: makes the service start anew and with the system, by way of `run`. */
  readonly restart: string;
  /** sh: succeeds when the service runs. */
  readonly check: string;
  /** sh: says what may keep others from reaching the ports. */
  readonly firewall: string;
}

export interface InstallInput {
  readonly projectId: string;
  /** All files of the broker's folder, seen from there. */
  readonly present: readonly string[];
  readonly guarded: readonly string[];
}

export const installScript = (input: InstallInput, parts: InstallParts): string =>
  opening(input, parts) + staging(parts) + placing(parts) + service(parts);

const opening = (input: InstallInput, parts: InstallParts): string => `#!/bin/sh
# Installs the broker of the project "${input.projectId}" as a service. For ${parts.systemName}.
#   ${parts.call}              does it; after a new download it changes what is new
#   ${parts.call} --dry-run    says what it would do, and does nothing
#   ${parts.call} --no-start   leaves the service as it is
# What it replaces is kept beside it, with ".before" in its name.
set -eu

PATH="$PATH:/usr/sbin:/usr/local/sbin:/opt/homebrew/bin"
files='${input.present.join(' ')}'
guarded='${input.guarded.join(' ')}'
dry_run='' no_start=''

say() { printf '%s\\n' "$*"; }
fail() {
  say "$@" >&2
  exit 1
}
run() {
  if [ -n "$dry_run" ]; then say "  would run: $*"; else "$@"; fi
}
for word in "$@"; do
  case "$word" in
    --dry-run) dry_run=yes ;;
    --no-start) no_start=yes ;;
    *) fail "\\"$word\\" is not known: --dry-run, --no-start, or nothing." ;;
  esac
done

CDPATH='' cd -- "$(dirname -- "$0")/mosquitto"
for file in $files; do
  [ -e "$file" ] || fail "mosquitto/$file is missing: unpack the whole .zip again."
  [ -r "$file" ] || fail "mosquitto/$file belongs to somebody else: run this as root."
done
${parts.allowed}

# 1. Packages
${parts.packages}
`;

const staging = (parts: InstallParts): string => `
# 2. The files as they will lie there: absolute paths, owner, mode
target="${parts.target}"
conf="${parts.conf}"
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
mkdir "$stage/certs"
for file in $files; do cp "$file" "$stage/$file"; done
sed -E "s#^(cafile|crlfile|certfile|keyfile|password_file|acl_file) #&$target/#" mosquitto.conf > "$stage/mosquitto.conf"
for file in $files; do chmod 644 "$stage/$file"; done
for file in $guarded; do chmod 600 "$stage/$file"; done
# Only now may others look into the folder: until here it is its maker's alone.
chmod 755 "$stage/certs" "$stage"

changed=''
for file in $files; do
  cmp -s "$stage/$file" "$target/$file" || changed="$changed $file"
done
cmp -s "$stage/mosquitto.conf" "$conf" || changed="$changed \${conf##*/}"
`;

const placing = (parts: InstallParts): string => `
# 3. In place, the old ones kept
if [ -z "$changed" ]; then
  say 'The files are in place already: nothing to change.'
else
  say "New or changed:$changed"
  if [ -d "$target" ]; then
    run rm -rf "$target.before"
    run mv "$target" "$target.before"
    say "What was there is kept in $target.before"
  fi
  if [ -e "$conf" ] && ! cmp -s "$conf" "$target.before/mosquitto.conf"; then
    run cp -p "$conf" "$conf.before"
    say "The configuration that was there is kept as $conf.before"
  fi
  run mkdir -p "\${target%/*}"
  run cp -Rp "$stage" "$target"
${
  parts.owner === null
    ? ''
    : `  for file in $guarded; do run chown ${parts.owner} "$target/$file"; done
`
}  run cp "$stage/mosquitto.conf" "$conf"
  run chmod 644 "$conf"
fi
`;

const service = (parts: InstallParts): string => `
# 4. The service
if [ -n "$no_start" ]; then
  say 'The service was left as it is (--no-start).'
  exit 0
fi
${parts.restart}
if [ -z "$dry_run" ]; then
  sleep 2
  ${parts.check} || fail 'The service does not run. What it says:' \\
    '  sudo journalctl -u mosquitto -n 30    or    sudo tail /var/log/mosquitto/mosquitto.log' \\
    "The files from before are in $target.before"
  say 'The broker runs.'
fi

# 5. The firewall
${parts.firewall}
`;
