/**
 * install.sh as root on Debian, in a mount namespace whose /etc/mosquitto is a copy in memory: it installs what the
 * packaged service would read, changes nothing the second time, and keeps what it replaces. No service is touched.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import path from 'node:path';
import { chmodSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, publishReason, removeFolder, startBroker, temporaryFolder } from './broker-bench.ts';
import { BrokerProject } from './broker-project.ts';

const canMount = process.getuid?.() === 0 && spawnSync('unshare', ['-m', 'true']).status === 0;

describe.runIf(canMount)('install.sh', () => {
  let folder: string;
  let world: BrokerProject;
  let bundle: string;
  let second: string;

  beforeAll(async () => {
    folder = temporaryFolder();
    world = new BrokerProject(folder);
    await world.create(['porch-1']);
    bundle = await world.bundle();
    await world.access((table) => ({ ...table, dashboard: { ...table.dashboard, write: [] } }));
    second = await world.bundle();
  });
  afterAll(() => removeFolder(folder));

  /** Debian's own configuration, in a folder of memory, without its log file. */
  const fresh = [
    'set -e',
    'cp -a /etc/mosquitto /run/signet-etc-$$',
    'mount -t tmpfs tmpfs /etc/mosquitto',
    'cp -a /run/signet-etc-$$/. /etc/mosquitto/',
    'rm -r /run/signet-etc-$$',
    'sed -i -e "/^log_dest/d" -e "/^pid_file/d" /etc/mosquitto/mosquitto.conf',
    'cd /etc/mosquitto',
  ].join('\n');

  const inNamespace = (...lines: string[]): string => {
    const run = spawnSync('unshare', ['-m', 'sh', '-c', [fresh, ...lines].join('\n')], { encoding: 'utf8' });
    expect([run.status, run.stderr]).toEqual([0, '']);
    return run.stdout;
  };

  const list = 'find . -type f | sort | xargs stat -c "%n %U %a"';

  it('puts every file in place with owner and mode, and the broker’s own configuration reads them', async () => {
    const script = path.join(folder, 'as-debian.sh');
    const lines = [
      fresh,
      `${bundle}/install.sh --no-start`,
      'exec mosquitto -c /etc/mosquitto/mosquitto.conf',
    ];
    writeFileSync(script, lines.join('\n'));
    const broker = await startBroker('unshare', ['-m', 'sh', script]);
    try {
      const options = await world.onDevicePort(await world.identity('device:porch-1'));
      const device = await connect(options);
      expect(await publishReason(device, 'signet/porch/porch-1/tele')).toBe(0);
      await device.endAsync(true);
      expect(broker.log()).not.toMatch(/warning:|error|unable/i);
    } finally {
      await broker.stop();
    }
  });

  it('gives secrets to the user mosquitto alone', () => {
    const shown = inNamespace(`${bundle}/install.sh --no-start >/dev/null`, list);
    const of = (name: string): string | undefined =>
      shown.split('\n').find((line) => line.includes(`signet-porch/${name} `));
    for (const name of [
      'passwd',
      'acl-devices',
      'acl-web',
      'certs/web-listener.key',
      'certs/device-listener.key',
    ])
      expect(of(name), name).toMatch(/ mosquitto 600$/);
    expect(of('certs/client-ca.crt')).toMatch(/ root 644$/);
    expect(shown).toContain('./conf.d/signet-porch.conf root 644');
  });

  it('run again, changes nothing; with new files, says which and keeps the old ones', () => {
    const shown = inNamespace(
      `${bundle}/install.sh --no-start`,
      'echo ==',
      `${bundle}/install.sh --no-start`,
      'echo ==',
      `${second}/install.sh --no-start`,
      'echo ==',
      `cmp signet-porch.before/acl-web ${bundle}/mosquitto/acl-web`,
      `cmp signet-porch/acl-web ${second}/mosquitto/acl-web`,
      list,
    );
    const [first, again, changed] = shown.split('==\n');
    expect(first).toContain('New or changed: mosquitto.conf');
    expect(again).toContain('nothing to change');
    expect(changed).toContain('New or changed: acl-web\n');
    expect(changed).toContain('/etc/mosquitto/signet-porch.before');
    expect(shown.match(/conf\.d\/.*\.conf/g)).toEqual([
      'conf.d/signet-porch.conf root 644\n'.trim().split(' ')[0],
    ]);
  });

  it('says what it would do and does nothing, even without root', () => {
    chmodSync(folder, 0o755);
    const shown = inNamespace(
      `${list} > /run/before-$$`,
      `cp -r ${bundle} /run/mine-$$ && chown -R 65534 /run/mine-$$`,
      'setpriv --reuid 65534 --clear-groups /run/mine-$$/install.sh --dry-run',
      'rm -r /run/mine-$$',
      `${list} | cmp - /run/before-$$`,
      'rm /run/before-$$',
    );
    expect(shown).toContain('would run: cp -Rp');
    expect(shown).toContain('would run: ');
    expect(shown).toMatch(/would run: (systemctl|service mosquitto) /);
  });

  it('names what is wrong: not root, a file missing, an unknown word', () => {
    const run = (command: string): string => {
      const { status, stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8' });
      expect(status).toBe(1);
      return stderr;
    };
    expect(run(`setpriv --reuid 65534 --clear-groups ${bundle}/install.sh`)).toContain('run this as root');
    expect(run(`${bundle}/install.sh --force`)).toContain('"--force" is not known');
    execFileSync('cp', ['-r', bundle, `${bundle}-part`]);
    execFileSync('rm', [`${bundle}-part/mosquitto/passwd`]);
    expect(run(`${bundle}-part/install.sh`)).toContain('mosquitto/passwd is missing');
  });
});
