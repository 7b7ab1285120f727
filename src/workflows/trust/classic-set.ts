/** A tutorial's keys and certificates made here, and its scripts, as .zip files laid out as the scripts lay them out. */
import { strToU8, zipSync, type Zippable } from 'fflate';
import { makeClassicSet, type ClassicMade } from '../../pki/classic/certificates.ts';
import { classicCommands, classicConfigFiles } from '../../pki/classic/commands.ts';
import { classicPlan, type ClassicProfile, type ClassicValues } from '../../pki/classic/profiles.ts';
import { classicScripts } from '../../pki/classic/scripts.ts';
import { encryptedPkcs8 } from '../../pki/export/password-encryption.ts';
import type { KeyPair } from '../../pki/key-pair.ts';
import { toPem } from '../../pki/pem.ts';
import { xxdInclude } from '../../sketch/c-source.ts';
import type { Bytes } from '../../shared/bytes.ts';
import { cancelled, done, type Outcome, type RunOptions } from '../../shared/outcome.ts';
import type { TrustEnvironment } from './change.ts';
import { checkExportPassword } from './export-password.ts';
import { AppError } from '../../shared/errors.ts';
import { checkClassicValues } from './classic-values.ts';
import { makeKeys } from './make-keys.ts';

export interface ClassicForm {
  readonly profile: ClassicProfile;
  readonly values: ClassicValues;
}

/** The commands as text to read and paste; the pass phrase stands in them as `"$PASSWORD"`. Throws pki.classic-value. */
export function classicCommandText({ profile, values }: ClassicForm): string {
  checkClassicValues(values);
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

/**
 * makeCertificates.sh and .bat with the files that they read. The pass phrase stands in them in clear.
 * Throws pki.classic-value.
 */
export function classicScriptsZip({ profile, values }: ClassicForm, passphrase: string): Bytes {
  checkClassicValues(values);
  if (/["\p{Cc}]/u.test(passphrase))
    throw new AppError('pki.classic-value', {
      details: { what: 'pass phrase', value: '•••', why: 'a shell would read a sign of it as a command' },
    });
  const files: Zippable = {};
  for (const { name, text, isProgram } of classicScripts(profile, values, passphrase)) {
    files[name] = [strToU8(text), isProgram ? executable : {}];
  }
  return new Uint8Array(zipSync(files));
}

export interface ClassicZip {
  readonly content: Bytes;
  /** Speaks of a weak pass phrase that was let pass, as the tutorials' own is. */
  readonly warning: string | null;
}

/**
 * Keys under the pass phrase and without it, as the tutorial has them, requests, certificates, DER and .h files.
 * Progress counts keys. Throws pki.export-passwords-differ, pki.export-password-weak, pki.classic-value, pki.subject-*.
 */
export async function makeClassicZip(
  env: TrustEnvironment,
  { profile, values }: ClassicForm,
  { password, repeated, ...options }: RunOptions & { readonly password: string; readonly repeated: string },
): Promise<Outcome<ClassicZip>> {
  checkClassicValues(values);
  const plan = classicPlan(profile, values);
  const isAsked = plan.some(({ isEncrypted }) => isEncrypted);
  const personalWords = [values.organization, values.brokerName, ...values.clients];
  const warning = isAsked
    ? checkExportPassword({ password, repeated, isClassic: true, personalWords })
    : null;
  const keys = await makeKeys(
    env,
    plan.map(() => 'rsa2048' as const),
    options,
  );
  if (keys.kind === 'cancelled' || options.signal.aborted) return cancelled;
  const notBeforeMs = Math.floor(env.clock.nowMs() / 1000) * 1000;
  const used = keys.value.map((pair) => ({ pair, notBeforeMs }));
  const made = await makeClassicSet(plan, values, used, env.crypto);
  const files: Zippable = {};
  for (const [n, each] of made.entries()) {
    const pair = keys.value[n];
    if (pair) Object.assign(files, await keyFiles(each, pair, { password, crypto: env.crypto }));
    Object.assign(files, Object.fromEntries(certificateFiles(each)));
  }
  for (const { pkcs8 } of keys.value) pkcs8.fill(0);
  return done({ content: new Uint8Array(zipSync(files)), warning });
}

/** `openssl rsa` makes the copy without a pass phrase where the tutorial wants one. */
async function keyFiles(
  { plan: { files, isEncrypted } }: ClassicMade,
  { pkcs8 }: KeyPair,
  { password, crypto }: { readonly password: string; readonly crypto: Crypto },
): Promise<Record<string, Uint8Array>> {
  const open = strToU8(toPem('PRIVATE KEY', pkcs8));
  const closed = isEncrypted
    ? strToU8(toPem('ENCRYPTED PRIVATE KEY', await encryptedPkcs8(pkcs8, password, crypto)))
    : open;
  return {
    [files.key]: closed,
    ...(files.openKey ? { [files.openKey]: open } : {}),
    ...(files.keyDer ? { [files.keyDer]: pkcs8.slice() } : {}),
  };
}

function certificateFiles({ plan, certificateDer, requestDer }: ClassicMade): [string, Uint8Array][] {
  const { files } = plan;
  const headerText = files.der ? xxdInclude(files.der, certificateDer) : '';
  return [
    ...(files.request && requestDer
      ? [[files.request, strToU8(toPem('CERTIFICATE REQUEST', requestDer))] as [string, Uint8Array]]
      : []),
    [files.certificate, strToU8(toPem('CERTIFICATE', certificateDer))],
    ...(files.der ? [[files.der, certificateDer] as [string, Uint8Array]] : []),
    ...(files.header ? [[files.header, strToU8(headerText)] as [string, Uint8Array]] : []),
  ];
}
