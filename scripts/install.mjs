// Installs what a command needs and the machine lacks: npm packages, and Debian packages by apt when run as root.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** Runs a command with the terminal's own input and output; ends this process when it fails. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (result.error) throw result.error;
  if (result.status !== 0) process.exit(result.status ?? 1);
}

/** Runs a command and tells whether it succeeded. */
export const succeeds = (command, args, options = {}) =>
  spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options }).status === 0;

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Signet needs Node.js 20.19 or newer; this is ${process.versions.node}.`);
  process.exit(1);
}

/** `npm ci` when node_modules is missing or belongs to another package-lock.json. */
export function ensureNodePackages() {
  const lock = createHash('sha256')
    .update(readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex');
  const marker = path.join(root, 'node_modules', '.signet-lock');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === lock) return;
  console.error('Installing the npm packages (once) …');
  // Standard output belongs to the command that is being prepared.
  const stdio = ['inherit', process.stderr, 'inherit'];
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    stdio,
    shell: process.platform === 'win32',
  });
  writeFileSync(marker, lock);
}

/** Debian packages that the tests use, each with a file that shows it is there. */
const debianPackages = [
  ['chromium', '/usr/bin/chromium'],
  ['mosquitto', '/usr/sbin/mosquitto'],
  ['mosquitto-clients', '/usr/bin/mosquitto_pub'],
  ['openssl', '/usr/bin/openssl'],
  ['libnss3-tools', '/usr/bin/certutil'],
  ['gnutls-bin', '/usr/bin/certtool'],
  ['golang-go', '/usr/bin/go'],
  ['openjdk-17-jdk-headless', '/usr/bin/javac'],
  ['libmbedtls-dev', '/usr/include/mbedtls/x509_crt.h'],
  ['xxd', '/usr/bin/xxd'],
  ['python3', '/usr/bin/python3'],
  ['libbearssl-dev', '/usr/include/bearssl.h'],
  ['liblwip-dev', '/usr/include/lwip/lwip/tcp.h'],
  ['g++', '/usr/bin/g++'],
  ['clang', '/usr/bin/clang'],
  ['lld', '/usr/bin/wasm-ld'],
  ['gcc-xtensa-lx106', '/usr/bin/xtensa-lx106-elf-g++'],
  ['picolibc-xtensa-lx106-elf', '/usr/lib/xtensa-lx106-elf/lib/libc.a'],
  ['qemu-system-misc', '/usr/bin/qemu-system-xtensa'],
  ['gcc-avr', '/usr/bin/avr-gcc'],
  ['avr-libc', '/usr/lib/avr/include/avr/io.h'],
  ['libsimavr-dev', '/usr/include/simavr/sim_avr.h'],
  ['make', '/usr/bin/make'],
  ['xz-utils', '/usr/bin/xz'],
  ['unzip', '/usr/bin/unzip'],
];

/** Installs the missing Debian packages as root; otherwise prints the exact command and ends. */
export function ensureDebianPackages() {
  const missing = debianPackages.filter(([, file]) => !existsSync(file)).map(([name]) => name);
  if (missing.length === 0) return;
  const command = `apt-get update && apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    console.error(
      `The tests need Debian packages that are not installed. Run this, then try again:\n\n  sudo sh -c '${command}'\n`,
    );
    process.exit(1);
  }
  console.log(`Installing Debian packages (once): ${missing.join(' ')} …`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  mkdirSync(path.join(root, 'build'), { recursive: true });
  run('sh', ['-c', `(${command}) > build/apt.log 2>&1 || { tail -n 20 build/apt.log; exit 1; }`], { env });
}
