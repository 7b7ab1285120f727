// Authorities that openssl made, judged for being taken in, and what they sign judged by openssl again.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PageKeyMaker } from '../../src/platform/keys/page-key-maker.ts';
import { MemoryBrowserKeys, MemoryProjectStore } from '../../src/platform/storage/memory-project-store.ts';
import { authoritiesIn } from '../../src/pki/import/pairing.ts';
import { readFile } from '../../src/pki/import/read-file.ts';
import { toPem } from '../../src/pki/pem.ts';
import type { Project } from '../../src/project/entities.ts';
import { AppError } from '../../src/shared/errors.ts';
import type { RunOptions } from '../../src/shared/outcome.ts';
import { createVaults } from '../../src/vault/vaults.ts';
import { createProject } from '../../src/workflows/create-project.ts';
import {
  adoptAuthority,
  planAdoption,
  type AdoptedAuthority,
} from '../../src/workflows/trust/adopt-authority.ts';
import type { AuthorityScope } from '../../src/workflows/trust/change-authorities.ts';
import type { TrustEnvironment } from '../../src/workflows/trust/change.ts';
import { ownedCertificates } from '../../src/workflows/trust/owners.ts';
import { renewCertificates } from '../../src/workflows/trust/renew-certificates.ts';
import { OpensslFolder } from '../fixtures/openssl.ts';
import { ManualClock } from '../fixtures/manual-clock.ts';

const options: RunOptions = { signal: new AbortController().signal, timeoutMs: 60_000 };
const context = { crypto, password: 'four words in line', uncounted: <T>(work: () => Promise<T>) => work() };
let files: OpensslFolder;

beforeAll(() => {
  files = new OpensslFolder();
  const root = (name: string, how: string): string =>
    files.run(`req -x509 ${how} -keyout ${name}.key -out ${name}.crt -subj /O=Own/CN=${name}`);
  const ec = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes';
  root('plain', `${ec} -days 3650`);
  root('locked', `-newkey rsa:2048 -passout {pass:${context.password}} -days 3650`);
  root('sha1', '-newkey rsa:2048 -nodes -sha1 -days 3650');
  root('short', '-newkey rsa:1024 -nodes -days 3650');
  root('curve', '-newkey ec -pkeyopt ec_paramgen_curve:P-521 -nodes -days 3650');
  root('soon', `${ec} -days 300`);
  root('leaf', `${ec} -days 3650 -addext basicConstraints=critical,CA:FALSE`);
  root('nosign', `${ec} -days 3650 -addext keyUsage=digitalSignature`);
  root('nolist', `${ec} -days 3650 -addext keyUsage=keyCertSign`);
  root(
    'local',
    `${ec} -days 3650 -addext nameConstraints=critical,permitted;DNS:local,permitted;DNS:localhost,permitted;DNS:mosquitto`,
  );
  root('elsewhere', `${ec} -days 3650 -addext nameConstraints=critical,permitted;DNS:example.org`);
  files.run('req -new -newkey rsa:2048 -nodes -keyout v1.key -out v1.csr -subj /O=Own/CN=v1');
  files.run('x509 -req -in v1.csr -signkey v1.key -days 3650 -out v1.crt');
  files.run(`req -new ${ec} -keyout over.key -out over.csr -subj /O=Own/CN=over`);
  files.write('ca.cfg', 'basicConstraints=critical,CA:TRUE\n');
  files.run('x509 -req -in over.csr -signkey over.key -days -1 -extfile ca.cfg -out over.crt');
  files.run(`req -new ${ec} -keyout below.key -out below.csr -subj /O=Own/CN=below`);
  files.run(
    'x509 -req -in below.csr -CA plain.crt -CAkey plain.key -days 3000 -extfile ca.cfg -out below.crt',
  );
});
afterAll(() => files.remove());

async function authority(name: string, scope: AuthorityScope): Promise<AdoptedAuthority> {
  const items = (
    await Promise.all([`${name}.crt`, `${name}.key`].map((file) => readFile(files.read(file), context)))
  ).flatMap((file) => file.items);
  const [found] = authoritiesIn(items);
  if (found) return { certificateDer: found.certificate.der, pkcs8: found.pkcs8.slice(), scope };
  const der = items.find((item) => item.kind === 'certificate')?.der;
  const pkcs8 = items.find((item) => item.kind === 'private-key')?.pkcs8;
  if (!der || !pkcs8) throw new Error('no authority');
  return { certificateDer: der, pkcs8, scope };
}

async function freshProject(): Promise<{ env: TrustEnvironment; project: Project }> {
  const clock = new ManualClock(Date.now());
  const store = new MemoryProjectStore();
  const vaults = createVaults({ store, keys: new MemoryBrowserKeys(), crypto, clock });
  const env = { store, vaults, clock, crypto, keyMaker: () => Promise.resolve(new PageKeyMaker()) };
  const made = await createProject(
    env,
    {
      projectName: 'Porch',
      hosts: ['pi.local'],
      wifiSsid: 'Attic',
      wifiPassword: 'correct horse',
      deviceName: 'porch-1',
      sensor: 'dht22',
      passphrase: null,
    },
    options,
  );
  if (made.kind !== 'done') throw new Error('cancelled');
  return { env, project: made.value };
}

describe('an authority made by openssl', () => {
  it.each([
    ['plain', 'server', []],
    ['plain', 'web', ['no-constraints']],
    ['plain', 'all', ['no-constraints']],
    ['sha1', 'client', ['weak-digest']],
    ['v1', 'server', ['version-1']],
    ['soon', 'client', ['ends-soon']],
    ['nolist', 'client', ['no-revocation']],
    ['local', 'server', ['constrained']],
  ] as const)('%s is taken in as %s, with the warnings %j', async (name, scope, warnings) => {
    const { project } = await freshProject();
    expect(planAdoption(project, await authority(name, scope), Date.now()).warnings).toEqual(warnings);
  });

  it.each([
    ['short', 'all', 'pki.key-unsupported'],
    ['curve', 'all', 'pki.key-unsupported'],
    ['over', 'all', 'pki.authority-expired'],
    ['leaf', 'all', 'pki.no-authority'],
    ['nosign', 'all', 'pki.no-authority'],
    ['below', 'all', 'pki.authority-below'],
    ['elsewhere', 'server', 'pki.authority-constraints'],
    ['elsewhere', 'web', 'pki.authority-constraints'],
  ] as const)('%s is refused as %s: %s', async (name, scope, code) => {
    const { env, project } = await freshProject();
    const refusal = (async () => planAdoption(project, await authority(name, scope), Date.now()))();
    await expect(refusal).rejects.toMatchObject({ code });
    await expect(adoptAuthority(env, 'porch', await authority(name, scope))).rejects.toMatchObject({ code });
    expect((await env.store.load('porch')).value).toEqual(project);
  });

  it('is refused a key that is not its own, and a second change before the first is done', async () => {
    const { env } = await freshProject();
    const mixed = { ...(await authority('plain', 'all')), pkcs8: (await authority('soon', 'all')).pkcs8 };
    await expect(adoptAuthority(env, 'porch', mixed)).rejects.toMatchObject({ code: 'pki.key-mismatch' });
    await adoptAuthority(env, 'porch', await authority('plain', 'client'));
    await expect(adoptAuthority(env, 'porch', await authority('plain', 'client'))).rejects.toBeInstanceOf(
      AppError,
    );
    await expect(adoptAuthority(env, 'porch', await authority('soon', 'all'))).rejects.toMatchObject({
      code: 'trust.change-unfinished',
    });
  });

  it.each(['plain', 'locked', 'v1', 'sha1'])(
    '%s signs broker and device anew, and openssl verifies them under it',
    async (name) => {
      const { env } = await freshProject();
      const adopted = await authority(name, 'all');
      const plan = planAdoption((await env.store.load('porch')).value, adopted, Date.now());
      expect(plan.reissues).toEqual(['broker:device', 'device:porch-1', 'broker:web']);
      await adoptAuthority(env, 'porch', adopted);
      const renewals = plan.reissues.map((owner) => ({ owner, key: 'same' as const }));
      const renewed = await renewCertificates(env, 'porch', { renewals }, options);
      if (renewed.kind !== 'done') throw new Error('cancelled');
      const leaves = ownedCertificates(renewed.value).filter(({ owner }) => !owner.startsWith('authority:'));
      for (const { owner, certificate } of leaves) {
        const file = files.write('anew.pem', toPem('CERTIFICATE', certificate.der));
        const purpose = owner.startsWith('broker:') ? 'sslserver' : 'sslclient';
        expect(files.judge(`verify -purpose ${purpose} -CAfile ${name}.crt ${file}`)).toMatchObject({
          ok: true,
        });
      }
    },
  );
});
