/** The bundle's files as texts and as a .zip; what Mosquitto makes of them is tests/interop/broker.test.ts. */
import { execFileSync } from 'node:child_process';
import { pbkdf2Sync } from 'node:crypto';
import { unzipSync } from 'fflate';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildBundle, type BundleFile, zipBundle } from '../../src/broker/bundle.ts';
import type { BundleInput } from '../../src/broker/bundle-input.ts';
import { hashPassword, passwordFileLine } from '../../src/broker/password-file.ts';
import { testGroups } from '../../src/broker/test-lines.ts';
import { usualAccess } from '../../src/project/access.ts';
import { fromUtf8, utf8 } from '../../src/shared/bytes.ts';
import { AppError, type ErrorCode } from '../../src/shared/errors.ts';

const pem = (name: string): string => `-----BEGIN ${name}-----\r\nAAAA\r\n-----END ${name}-----`;
const salt = utf8('twelve bytes');
const hash =
  '$7$101$dHdlbHZlIGJ5dGVz$3QTNcSqQs3VmZDaS/9XxAxVAT3ExbRMKnyQyXyQPd4ebmGVJ1gxjQBFmHfMQRKqYHPWMC3CSmBDJtPC6bmE0bw==';

const input: BundleInput = {
  projectId: 'porch',
  hosts: ['pi.local', '192.168.1.20'],
  devicePort: 8883,
  webPort: 8884,
  certificates: {
    clientAuthorityPem: pem('CLIENT AUTHORITY'),
    serverAuthorityPem: pem('SERVER AUTHORITY'),
    webAuthorityPem: pem('WEB AUTHORITY'),
    deviceListenerPem: pem('DEVICE LISTENER'),
    deviceListenerKeyPem: pem('DEVICE LISTENER KEY'),
    webListenerPem: pem('WEB LISTENER'),
    webListenerKeyPem: pem('WEB LISTENER KEY'),
  },
  dashboard: { username: 'dashboard', passwordHashLine: passwordFileLine('dashboard', hash) },
  devices: ['porch-1', 'door-1'],
  access: usualAccess,
  system: 'debian',
};

const text = (files: readonly BundleFile[], at: string): string => {
  const file = files.find((candidate) => candidate.path === at);
  if (file === undefined) throw new Error(`no ${at}`);
  return fromUtf8(file.content);
};

const codeOf = (act: () => unknown): ErrorCode | null => {
  try {
    act();
    return null;
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
};

describe('the files', () => {
  const files = buildBundle(input);

  it('have their modes, and secrets are marked and unreadable for others', () => {
    expect(files.filter(({ mode }) => mode === 0o755).map((file) => file.path)).toEqual([
      'install.sh',
      'start.sh',
    ]);
    expect(files.filter(({ secret }) => secret).map((file) => file.path)).toEqual([
      'mosquitto/passwd',
      'mosquitto/certs/device-listener.key',
      'mosquitto/certs/web-listener.key',
    ]);
    for (const file of files) if (file.secret) expect(file.mode).toBe(0o600);
  });

  it('have LF line ends and a last one', () => {
    for (const file of files) {
      const content = fromUtf8(file.content);
      expect(content.includes('\r'), file.path).toBe(false);
      expect(content.endsWith('\n'), file.path).toBe(true);
    }
  });

  it('put each certificate where its verifier or bearer looks', () => {
    const places: Record<string, string> = {
      'mosquitto/certs/client-ca.crt': 'CLIENT AUTHORITY',
      'mosquitto/certs/server-ca.crt': 'SERVER AUTHORITY',
      'web-ca.crt': 'WEB AUTHORITY',
      'mosquitto/certs/device-listener.crt': 'DEVICE LISTENER',
      'mosquitto/certs/device-listener.key': 'DEVICE LISTENER KEY',
      'mosquitto/certs/web-listener.crt': 'WEB LISTENER',
      'mosquitto/certs/web-listener.key': 'WEB LISTENER KEY',
    };
    for (const [at, name] of Object.entries(places)) expect(text(files, at)).toContain(`BEGIN ${name}-----`);
  });

  it('hold no private key but the two listeners’', () => {
    const withKey = files
      .filter((file) => fromUtf8(file.content).includes(' KEY-----'))
      .map((file) => file.path);
    expect(withKey).toEqual(['mosquitto/certs/device-listener.key', 'mosquitto/certs/web-listener.key']);
  });

  it('listen with TLS only, each listener with its own users and rights', () => {
    const conf = text(files, 'mosquitto/mosquitto.conf');
    const [general = '', ...listeners] = conf.split(/^(?=listener )/m);
    expect(general).toContain('per_listener_settings true');
    expect(general).not.toMatch(/acl_file|password_file|^port /m);
    expect(listeners.map((section) => section.split('\n')[0])).toEqual(['listener 8883', 'listener 8884']);
    for (const section of listeners) {
      expect(section).toMatch(/^certfile /m);
      expect(section).toMatch(/^keyfile /m);
      expect(section).toMatch(/^acl_file /m);
      expect(section).toMatch(/^allow_anonymous false$/m);
    }
    expect(listeners[1]).not.toMatch(/cafile|require_certificate|use_identity/);
  });

  it('refer only to files that are in the bundle', () => {
    const conf = text(files, 'mosquitto/mosquitto.conf');
    const named = [...conf.matchAll(/^(?:\w+file|acl_file|password_file) (\S+)$/gm)].map(
      ([, at]) => `mosquitto/${at}`,
    );
    expect(named.length).toBe(8);
    for (const at of named) expect(files.map((file) => file.path)).toContain(at);
  });

  it('give a device no wildcard', () => {
    expect(text(files, 'mosquitto/acl-devices')).not.toMatch(/[#+%]$|\/[#+]/m);
  });

  it('list every file in README.txt', () => {
    const readme = text(files, 'README.txt');
    for (const file of files) if (file.path !== 'README.txt') expect(readme).toContain(`\n${file.path} `);
  });

  it('hand sh a script it can parse', () => {
    for (const name of ['start.sh', 'install.sh'])
      expect(() => execFileSync('sh', ['-n'], { input: text(files, name) }), name).not.toThrow();
  });

  it('publish the chosen ports from the container', () => {
    const compose = text(
      buildBundle({ ...input, system: 'docker', devicePort: 18883, webPort: 443 }),
      'docker-compose.yml',
    );
    expect(compose).toContain('- "18883:18883"\n      - "443:443"');
  });

  it('are the same bytes for the same input', () => {
    expect(zipBundle(buildBundle(input))).toEqual(zipBundle(buildBundle(input)));
  });
});

describe('illegal input', () => {
  it.each([
    ['broker.name', { devices: ['dashboard'] }],
    ['broker.name', { devices: ['a', 'a'] }],
    ['broker.name', { devices: ['a\ntopic readwrite #'] }],
    ['broker.name', { devices: ['Porch'] }],
    ['broker.name', { projectId: 'a/#' }],
    ['broker.name', { projectId: '' }],
    ['broker.host', { hosts: [] }],
    ['broker.host', { hosts: ['pi.local; rm -rf /'] }],
    ['broker.host', { hosts: ["x'"] }],
    ['broker.host', { hosts: ['$(id)'] }],
    ['broker.host', { hosts: ['-x'] }],
    ['broker.host', { hosts: ['pi.local', ''] }],
    ['broker.port', { devicePort: 0 }],
    ['broker.port', { webPort: 65_536 }],
    ['broker.port', { webPort: 88.5 }],
    ['broker.port', { devicePort: 8884 }],
  ] as const)('is refused with %s: %j', (code, change) => {
    expect(codeOf(() => buildBundle({ ...input, ...change }))).toBe(code);
  });

  it('a password line that is none, or somebody else’s, is refused', () => {
    for (const passwordHashLine of ['dashboard:secret', `admin:${hash}`, `dashboard:${hash}\nx:${hash}`]) {
      expect(() => buildBundle({ ...input, dashboard: { username: 'dashboard', passwordHashLine } })).toThrow(
        RangeError,
      );
    }
  });
});

describe('the .zip', () => {
  it('gives back the same files', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}(\/[a-z]{1,8}){0,2}\.x$/), { maxLength: 6 }),
        fc.uint8Array({ maxLength: 3000 }),
        (paths, bytes) => {
          const content = new Uint8Array(bytes);
          const files = paths.map((at): BundleFile => ({
            path: at,
            content,
            mode: 0o644,
            secret: false,
            purpose: '',
          }));
          const unpacked = unzipSync(zipBundle(files));
          expect(Object.keys(unpacked).sort()).toEqual([...paths].sort());
          for (const at of paths) expect(unpacked[at]).toEqual(content);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('is the same in every time zone', () => {
    const before = process.env['TZ'];
    const [east, west] = ['Pacific/Kiritimati', 'Pacific/Pago_Pago'].map((zone) => {
      process.env['TZ'] = zone;
      return zipBundle(buildBundle(input));
    });
    if (before === undefined) delete process.env['TZ'];
    else process.env['TZ'] = before;
    expect(east).toEqual(west);
  });
});

describe('password hashes', () => {
  it('are what Node’s own PBKDF2 computes, with 64 bytes', async () => {
    const password = 'pässword $7$ :';
    const made = await hashPassword(password, { salt, iterations: 1234 });
    const expected = pbkdf2Sync(password, salt, 1234, 64, 'sha512').toString('base64');
    expect(made).toBe(`$7$1234$dHdlbHZlIGJ5dGVz$${expected}`);
  });

  it.each([0, 11, 13, 16])('refuse a salt of %i bytes, which Mosquitto would drop', async (length) => {
    await expect(hashPassword('x', { salt: new Uint8Array(length) })).rejects.toThrow(RangeError);
  });
});

describe('test lines', () => {
  it('check an address as an address and bracket IPv6', () => {
    const [device, web] = testGroups({ ...input, hosts: ['fe80::1'] })[0]?.lines ?? [];
    expect(device?.command).toContain('-connect [fe80::1]:8883');
    expect(device?.command).toContain('-verify_ip fe80::1');
    expect(web?.command).toContain('-CAfile web-ca.crt');
  });

  it.each(['debian', 'docker', 'openwrt', 'macos', 'windows'] as const)(
    'for %s need nothing but the files of the bundle, and those they name',
    (system) => {
      const inBundle = buildBundle({ ...input, system }).map((file) => file.path);
      for (const { lines, needs } of testGroups({ ...input, system })) {
        const named = lines.flatMap(({ command }) => command.match(/\S+\.(crt|key|pem)/g) ?? []);
        expect(named.length).toBeGreaterThan(0);
        for (const file of named) expect([...inBundle, ...needs]).toContain(file);
      }
    },
  );
});
