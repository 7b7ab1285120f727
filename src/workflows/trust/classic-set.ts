/** A tutorial's keys and certificates made here, and its scripts, as .zip files laid out as the scripts lay them out. */
import { strToU8, zipSync, type Zippable } from 'fflate';
import { makeClassicSet, type ClassicMade } from '../../pki/classic/certificates.ts';
import { classicCommands, classicConfigFiles } from '../../pki/classic/commands.ts';
import { classicPlan, type ClassicProfile, type ClassicValues } from '../../pki/classic/profiles.ts';
import { classicScripts } from '../../pki/classic/scripts.ts';
import type { KeyPair } from '../../pki/key-pair.ts';
import { toPem } from '../../pki/pem.ts';
import { xxdInclude } from '../../sketch/c-source.ts';
import type { Bytes } from '../../shared/bytes.ts';
import { cancelled, done, type Outcome, type RunOptions } from '../../shared/outcome.ts';
import type { TrustEnvironment } from './change.ts';
import { makeKeys } from './make-keys.ts';

export interface ClassicForm {
  readonly profile: ClassicProfile;
  readonly values: ClassicValues;
}

/** The commands as text to read and paste; the pass phrase stands in them as `"$PASSWORD"`. */
export function classicCommandText({ profile, values }: ClassicForm): string {
  const options = { shell: 'sh', openssl: 'openssl', passphrase: '"$PASSWORD"' } as const;
  const configs = classicConfigFiles(profile, values).map(({ name, text }) => `# ${name}\n${comment(text)}`);
  const steps = classicCommands(classicPlan(profile, values), options);
  return [...configs, ...steps.map(({ title, lines }) => [`# ${title}`, ...lines].join('\n'))].join('\n\n');
}

const comment = (text: string): string =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => `#   ${line}`.trimEnd())
    .join('\n');

const executable = { os: 3, attrs: (0o100755 << 16) >>> 0 } as const;

/** makeCertificates.sh and .bat with the files that they read. The pass phrase stands in them in clear. */
export function classicScriptsZip({ profile, values }: ClassicForm, passphrase: string): Bytes {
  const files: Zippable = {};
  for (const { name, text, isProgram } of classicScripts(profile, values, passphrase)) {
    files[name] = [strToU8(text), isProgram ? executable : {}];
  }
  return new Uint8Array(zipSync(files));
}

/** Keys without a pass phrase, requests, certificates, DER and .h files. Progress counts keys. */
export async function makeClassicZip(
  env: TrustEnvironment,
  { profile, values }: ClassicForm,
  options: RunOptions,
): Promise<Outcome<Bytes>> {
  const plan = classicPlan(profile, values);
  const keys = await makeKeys(
    env,
    plan.map(() => 'rsa2048' as const),
    options,
  );
  if (keys.kind === 'cancelled' || options.signal.aborted) return cancelled;
  const notBeforeMs = Math.floor(env.clock.nowMs() / 1000) * 1000;
  const used = keys.value.map((pair) => ({ pair, notBeforeMs }));
  const made = await makeClassicSet(plan, values, used, env.crypto);
  const files = made.flatMap((each, n) => filesOf(each, keys.value[n]));
  for (const { pkcs8 } of keys.value) pkcs8.fill(0);
  return done(new Uint8Array(zipSync(Object.fromEntries(files))));
}

function filesOf(
  { plan, certificateDer, requestDer }: ClassicMade,
  key: KeyPair | undefined,
): [string, Uint8Array][] {
  const { files } = plan;
  const headerText = files.der ? xxdInclude(files.der, certificateDer) : '';
  return [
    ...(key
      ? [[files.openKey ?? files.key, strToU8(toPem('PRIVATE KEY', key.pkcs8))] as [string, Uint8Array]]
      : []),
    ...(files.request && requestDer
      ? [[files.request, strToU8(toPem('CERTIFICATE REQUEST', requestDer))] as [string, Uint8Array]]
      : []),
    [files.certificate, strToU8(toPem('CERTIFICATE', certificateDer))],
    ...(files.der ? [[files.der, certificateDer] as [string, Uint8Array]] : []),
    ...(files.header ? [[files.header, strToU8(headerText)] as [string, Uint8Array]] : []),
  ];
}
