/** A key and a request for it, for an authority elsewhere. Nothing of it is stored: both leave as one file. */
import { strToU8, zipSync } from 'fflate';
import { parseAltNames } from '../../pki/alt-names.ts';
import { toPem } from '../../pki/pem.ts';
import { createRequest } from '../../pki/request.ts';
import type { SubjectFields } from '../../pki/subject-fields.ts';
import type { KeyAlgorithm } from '../../project/entities.ts';
import type { Bytes } from '../../shared/bytes.ts';
import { cancelled, done, type Outcome, type RunOptions } from '../../shared/outcome.ts';
import type { TrustEnvironment } from './change.ts';
import { makeKeys } from './make-keys.ts';

export interface RequestForm {
  readonly subject: SubjectFields;
  /** As typed. */
  readonly names: readonly string[];
  readonly algorithm: KeyAlgorithm;
}

/** A .zip with the private key (PKCS#8 PEM) and the request. Throws pki.subject-*, pki.host-*, pki.alt-name-*. */
export async function makeRequestZip(
  env: TrustEnvironment,
  form: RequestForm,
  options: RunOptions,
): Promise<Outcome<Bytes>> {
  const names = parseAltNames(form.names);
  const keys = await makeKeys(env, [form.algorithm], options);
  const [pair] = keys.kind === 'done' ? keys.value : [];
  if (!pair) return cancelled;
  const request = await createRequest(pair, { subject: form.subject, names }, env.crypto);
  const zip = zipSync({
    'private-key-SECRET.pem': strToU8(toPem('PRIVATE KEY', pair.pkcs8)),
    'request.csr': strToU8(toPem('CERTIFICATE REQUEST', request)),
  });
  pair.pkcs8.fill(0);
  return done(new Uint8Array(zip));
}
