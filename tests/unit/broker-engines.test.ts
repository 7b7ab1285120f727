/**
 * Files for other engines, as texts: none of these engines can be run here, so golden files hold what was compared with
 * their documentation. `UPDATE_GOLDEN=1` writes them anew.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { buildBundle, type BundleFile } from '../../src/broker/bundle.ts';
import type { BundleInput } from '../../src/broker/bundle-input.ts';
import { awsFiles } from '../../src/broker/engines/aws.ts';
import { emqxFiles } from '../../src/broker/engines/emqx.ts';
import { hiveMqFiles } from '../../src/broker/engines/hivemq.ts';
import { passwordFileLine } from '../../src/broker/password-file.ts';
import { rightsOf, usualAccess } from '../../src/project/access.ts';
import { fromUtf8 } from '../../src/shared/bytes.ts';

const pem = (name: string): string => `-----BEGIN ${name}-----\nAAAA\n-----END ${name}-----\n`;
const hash = `$7$10000$dHdlbHZlIGJ5dGVz$${'A'.repeat(86)}==`;

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
  clients: [{ user: 'nodered', rights: rightsOf('command') }],
  users: [
    {
      user: 'tablet',
      rights: { read: ['tele', 'status'], write: [], devices: ['porch-1'] },
      passwordHashLine: passwordFileLine('tablet', hash),
    },
    {
      user: 'homeassistant',
      rights: { ...rightsOf('read'), discovery: true },
      passwordHashLine: passwordFileLine('homeassistant', hash),
    },
  ],
  access: { ...usualAccess, discoveryPrefix: 'homeassistant' },
  system: 'debian',
};
const byBoth: BundleInput = {
  ...input,
  access: { ...input.access, deviceLogin: 'both' },
  devicePasswordLines: ['porch-1', 'door-1'].map((id) => passwordFileLine(id, hash)),
};
const emqx = {
  nodes: ['127.0.0.1'],
  cookie: 'c0ffee',
  iterations: 10_000,
  users: [{ user: 'dashboard', salt: '5a17', hashHex: 'beef' }],
};
const aws = {
  region: 'eu-central-1',
  account: '123456789012',
  verificationPem: pem('CERTIFICATE'),
  devicePems: new Map([
    ['porch-1', pem('CERTIFICATE')],
    ['door-1', pem('CERTIFICATE')],
  ]),
};

const golden = fileURLToPath(new URL('../fixtures/engines', import.meta.url));
const engines: Record<string, readonly BundleFile[]> = {
  'emqx-single': emqxFiles({ ...input, emqx }),
  'emqx-cluster': emqxFiles({ ...byBoth, emqx: { ...emqx, nodes: ['10.0.0.11', '10.0.0.12'] } }),
  hivemq: hiveMqFiles({ ...byBoth, storePassword: '5ec2e7' }),
  aws: awsFiles({ ...input, aws }),
  docker: buildBundle({ ...input, system: 'docker' }),
  openwrt: buildBundle({ ...input, system: 'openwrt' }),
  macos: buildBundle({ ...input, system: 'macos' }),
  windows: buildBundle({ ...input, system: 'windows' }),
};

/** Everything that is no certificate or key, one after the other. */
const shown = (files: readonly BundleFile[]): string =>
  files
    .filter((file) => !/\.(crt|key)$/.test(file.path))
    .map(({ path: at, content, mode }) => `=== ${at} ${mode.toString(8)}\n${fromUtf8(content)}`)
    .join('\n');

describe('the files that cannot be run here', () => {
  it.each(Object.keys(engines))('for %s are those that were compared with the documentation', (name) => {
    const at = path.join(golden, `${name}.txt`);
    const text = shown(engines[name] ?? []);
    if (process.env['UPDATE_GOLDEN'] === '1') {
      mkdirSync(golden, { recursive: true });
      writeFileSync(at, text);
    }
    expect(existsSync(at)).toBe(true);
    expect(text).toBe(readFileSync(at, 'utf8'));
  });

  it('hold scripts that sh can parse', () => {
    for (const files of Object.values(engines))
      for (const { path: at, content } of files.filter((file) => file.path.endsWith('.sh')))
        expect(spawnSync('sh', ['-n'], { input: content }).status, at).toBe(0);
  });

  it('say that they were not run', () => {
    for (const [name, files] of Object.entries(engines)) expect(shown(files), name).toMatch(/not run/);
  });

  it('mark keys, hashes and store passwords as secrets', () => {
    for (const [name, files] of Object.entries(engines))
      for (const { path: at, content, secret, mode } of files)
        if (/KEY-----|\$7\$|beef|c0ffee|5ec2e7|AAAA==/.test(fromUtf8(content))) {
          expect(secret, `${name} ${at}`).toBe(true);
          expect(mode & 0o077, `${name} ${at}`).toBe(at.endsWith('.sh') ? 0o055 : 0);
        }
  });
});

describe('rights in other forms', () => {
  const file = (name: string, at: string): string => {
    const found = engines[name]?.find((each) => each.path === at);
    return found ? fromUtf8(found.content) : '';
  };

  it('in EMQX end with a refusal of everything else, and give devices no wildcard', () => {
    const rules = file('emqx-single', 'etc/acl.conf').trim().split('\n');
    expect(rules.at(-1)).toBe('{deny, all}.');
    for (const rule of rules.filter((line) => /"(porch|door)-1"\}/.test(line)))
      expect(rule).not.toMatch(/[#+]/);
    expect(rules).toContain(
      '{allow, {username, "tablet"}, subscribe, ["signet/porch/porch-1/tele", "signet/porch/porch-1/status"]}.',
    );
  });

  it('in HiveMQ have a role for each user, and tags that close', () => {
    for (const at of ['conf/config.xml', 'file-rbac/credentials.xml', 'file-rbac/extension-config.xml']) {
      const open: string[] = [];
      for (const [, slash, name = ''] of file('hivemq', at).matchAll(/<(\/?)([a-z-]+)>/g))
        if (slash) expect(open.pop(), at).toBe(name);
        else open.push(name);
      expect(open).toEqual([]);
    }
    const users = [...file('hivemq', 'file-rbac/credentials.xml').matchAll(/<name>(.*)<\/name>/g)];
    expect(users.map(([, name]) => name)).toEqual([
      'porch-1',
      'door-1',
      'tablet',
      'homeassistant',
      'dashboard',
    ]);
  });

  it('in AWS let a device connect as its thing only, and name its own topics', () => {
    const policy = JSON.parse(file('aws', 'policies/porch-1.json')) as {
      Statement: { Action: string; Resource: string | string[] }[];
    };
    const of = (action: string): string[] =>
      policy.Statement.filter(({ Action }) => Action === action).flatMap(({ Resource }) => Resource);
    expect(of('iot:Connect')).toEqual([
      'arn:aws:iot:eu-central-1:123456789012:client/${iot:Connection.Thing.ThingName}',
    ]);
    expect(of('iot:Subscribe')).toEqual([
      'arn:aws:iot:eu-central-1:123456789012:topicfilter/signet/porch/porch-1/cmd',
      'arn:aws:iot:eu-central-1:123456789012:topicfilter/homeassistant/status',
    ]);
    for (const topic of of('iot:Publish')) expect(topic).toMatch(/\/porch-1\/[a-z]+$/);
    expect(of('iot:RetainPublish')).toHaveLength(2);
  });
});
