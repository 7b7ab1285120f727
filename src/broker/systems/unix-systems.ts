/** What is particular about installing on Debian, OpenWrt and macOS: packages, places, owner, service, firewall. */
import type { InstallParts } from './install-script.ts';

export interface PortsInput {
  readonly projectId: string;
  readonly devicePort: number;
  readonly webPort: number;
}

const asRoot = (call: string): string =>
  `[ "$(id -u)" = 0 ] || [ -n "$dry_run" ] || fail 'Run it as root: ${call}'`;

export const debian = ({ projectId, devicePort, webPort }: PortsInput): InstallParts => ({
  systemName: 'Debian, Ubuntu, Raspberry Pi OS',
  call: 'sudo ./install.sh',
  allowed: asRoot('sudo ./install.sh'),
  packages: `if ! command -v mosquitto >/dev/null 2>&1 || ! command -v mosquitto_pub >/dev/null 2>&1; then
  run apt-get update
  run apt-get install -y mosquitto mosquitto-clients
fi
for other in /etc/mosquitto/conf.d/*.conf; do
  case "$other" in
    *'/*.conf' | */signet-${projectId}.conf) ;;
    *) say "Note: $other is read too. Ports and rights that it sets outside of a listener may not work any more." ;;
  esac
done`,
  target: `/etc/mosquitto/signet-${projectId}`,
  conf: `/etc/mosquitto/conf.d/signet-${projectId}.conf`,
  owner: 'mosquitto:mosquitto',
  restart: `if [ -d /run/systemd/system ]; then
  run systemctl enable mosquitto
  run systemctl restart mosquitto
else
  run service mosquitto restart
fi`,
  check: '{ [ ! -d /run/systemd/system ] || systemctl is-active --quiet mosquitto; }',
  firewall: `if command -v ufw >/dev/null 2>&1; then
  say 'With the firewall ufw on:  sudo ufw allow ${devicePort}/tcp && sudo ufw allow ${webPort}/tcp'
elif command -v firewall-cmd >/dev/null 2>&1; then
  say 'Firewall:  sudo firewall-cmd --permanent --add-port=${devicePort}/tcp --add-port=${webPort}/tcp && sudo firewall-cmd --reload'
else
  say 'Ports ${devicePort} and ${webPort} (TCP) must be reachable: no ufw and no firewalld is installed here.'
fi`,
});

export const openwrt = ({ projectId, devicePort, webPort }: PortsInput): InstallParts => ({
  systemName: 'OpenWrt (written after its documentation, not run)',
  call: './install.sh',
  allowed: asRoot('./install.sh'),
  packages: `if ! command -v mosquitto >/dev/null 2>&1; then
  if command -v apk >/dev/null 2>&1; then
    run apk update
    run apk add mosquitto-ssl mosquitto-client-ssl libmosquitto-ssl
  else
    run opkg update
    run opkg install mosquitto-ssl mosquitto-client-ssl libmosquitto-ssl
  fi
fi
id mosquitto >/dev/null 2>&1 || [ -n "$dry_run" ] || fail 'There is no user "mosquitto".' \\
  'Make one: opkg install shadow-useradd && useradd -M mosquitto (and usermod -L mosquitto, so that nobody logs in as it).'
# The service must read our file, not the one made from /etc/config/mosquitto.
run uci -q set mosquitto.owrt.use_uci=0
run uci -q commit mosquitto`,
  target: `/etc/mosquitto/signet-${projectId}`,
  conf: '/etc/mosquitto/mosquitto.conf',
  owner: 'mosquitto:mosquitto',
  restart: `run /etc/init.d/mosquitto enable
run /etc/init.d/mosquitto restart`,
  check: 'pgrep mosquitto >/dev/null',
  firewall: `say 'Ports ${devicePort} and ${webPort} (TCP) are open to the LAN zone as OpenWrt ships; leave them shut towards the WAN.'
say "This router calls itself $(uci -q get system.@system[0].hostname || true): that name must be one of the certificate's."`,
});

export const macos = ({ projectId, devicePort, webPort }: PortsInput): InstallParts => ({
  systemName: 'macOS with Homebrew (written after its documentation, not run)',
  call: './install.sh',
  allowed: `[ "$(id -u)" != 0 ] || fail 'Run it as yourself: Homebrew refuses root.'
command -v brew >/dev/null 2>&1 || fail 'Homebrew is missing: see https://brew.sh'`,
  packages: `command -v mosquitto >/dev/null 2>&1 || run brew install mosquitto`,
  target: `$(brew --prefix)/etc/mosquitto/signet-${projectId}`,
  conf: '$(brew --prefix)/etc/mosquitto/mosquitto.conf',
  owner: null,
  restart: 'run brew services restart mosquitto',
  check: 'pgrep -x mosquitto >/dev/null',
  firewall: `say 'When macOS asks whether mosquitto may accept incoming connections (ports ${devicePort}, ${webPort}): Allow.'`,
});
