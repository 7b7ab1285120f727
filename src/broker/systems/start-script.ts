/** start.sh: starts the bundle on Linux with the Mosquitto that is installed there. POSIX sh, from any folder. */
import { webUrl } from '../web-url.ts';

export interface StartScriptInput {
  readonly projectId: string;
  readonly host: string;
  readonly devicePort: number;
  readonly webPort: number;
  /** Seen from mosquitto.conf: what nobody but the broker reads. */
  readonly guarded: readonly string[];
}

export const startScript = (input: StartScriptInput): string => `#!/bin/sh
# Starts the broker of the project "${input.projectId}" in this window; Ctrl+C stops it.
# Run it as yourself or with sudo. Further words are handed to Mosquitto, for example: ./start.sh -v
set -eu

# Debian keeps mosquitto where an ordinary user's PATH does not look.
PATH="$PATH:/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin"

fail() {
  printf '%s\\n' "$@" >&2
  exit 1
}

command -v mosquitto >/dev/null 2>&1 || fail \\
  'Mosquitto is not installed on this computer.' \\
  'Debian, Ubuntu, Raspberry Pi OS: sudo apt install mosquitto' \\
  'Fedora:                          sudo dnf install mosquitto' \\
  'macOS:                           brew install mosquitto'

CDPATH='' cd -- "$(dirname -- "$0")/mosquitto"

secret_files='${input.guarded.join(' ')}'
for file in mosquitto.conf $secret_files; do
  [ -e "$file" ] || fail "mosquitto/$file is missing: unpack the whole .zip again."
done

if [ "$(id -u)" = 0 ]; then
  # Started by root, Mosquitto becomes the user "mosquitto" before it reads its keys.
  id mosquitto >/dev/null 2>&1 || fail \\
    'There is no user "mosquitto" on this computer, and Mosquitto does not keep running as root.' \\
    'Make one (useradd --system --no-create-home mosquitto), or start this script without sudo.'
  chown "mosquitto:$(id -g mosquitto)" $secret_files
  chmod 600 $secret_files
  chmod 755 . certs
else
  for file in $secret_files; do
    chmod 600 "$file" 2>/dev/null || [ -r "$file" ] || fail \\
      "mosquitto/$file cannot be read: it belongs to another user, perhaps since a start with sudo." \\
      'Start this script with sudo again, or unpack the .zip again.'
  done
fi

echo 'Devices:  ${input.host} port ${input.devicePort}'
echo 'Browser:  ${webUrl(input.host, input.webPort)}'
exec mosquitto -c mosquitto.conf "$@"
`;
