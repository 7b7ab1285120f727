/**
 * Classic certificates from a plan: the same bytes as OpenSSL 3.0 makes of the tutorials' commands, given the same keys,
 * serials and dates. RSA signatures have no randomness, so that this can be proven.
 */
import type { Bytes } from '../../shared/bytes.ts';
import { fromHex } from '../../shared/bytes.ts';
import { parseAltName, type AltName } from '../alt-names.ts';
import { signCertificate } from '../certificate.ts';
import { distinguishedName } from '../distinguished-name.ts';
import {
  authorityConstraints,
  authorityKeyIdentifier,
  subjectAltName,
  subjectKeyIdentifier,
} from '../extensions.ts';
import { keyIdOf } from '../issuer.ts';
import { importSigningKey, type KeyPair } from '../key-pair.ts';
import { createSubjectRequest } from '../request.ts';
import type { ClassicCertificate, ClassicValues } from './profiles.ts';

const DAY_MS = 86_400_000;
const RANDOM_SERIAL_BYTES = 20;

export interface ClassicKey {
  readonly pair: KeyPair;
  readonly notBeforeMs: number;
  /** Big-endian; for plans without a serial, and random where absent too. */
  readonly serial?: Bytes;
}

export interface ClassicMade {
  readonly plan: ClassicCertificate;
  readonly certificateDer: Bytes;
  /** Null for the authority. */
  readonly requestDer: Bytes | null;
}

/** @param keys one for each certificate of the plan, in its order; the first is the authority's. */
export async function makeClassicSet(
  plan: readonly ClassicCertificate[],
  values: ClassicValues,
  keys: readonly ClassicKey[],
  crypto: Crypto,
): Promise<ClassicMade[]> {
  const [authority] = plan;
  const [authorityKey] = keys;
  if (!authority || !authorityKey) throw new RangeError('a plan begins with an authority');
  const issuer = {
    subject: distinguishedName(...authority.subject),
    keyId: await keyIdOf(authorityKey.pair.publicKeyInfo, crypto),
    signingKey: await importSigningKey(authorityKey.pair.pkcs8, crypto),
  };
  return Promise.all(
    plan.map(async (certificate, n): Promise<ClassicMade> => {
      const key = keys[n];
      if (!key) throw new RangeError('a key is missing');
      return {
        plan: certificate,
        certificateDer: await makeOne(certificate, { values, key, issuer, crypto }),
        requestDer:
          certificate.role === 'authority'
            ? null
            : await createSubjectRequest(key.pair, distinguishedName(...certificate.subject), crypto),
      };
    }),
  );
}

interface MakeOne {
  readonly values: ClassicValues;
  readonly key: ClassicKey;
  readonly issuer: { readonly subject: Bytes; readonly keyId: Bytes; readonly signingKey: CryptoKey };
  readonly crypto: Crypto;
}

async function makeOne(plan: ClassicCertificate, { values, key, issuer, crypto }: MakeOne): Promise<Bytes> {
  const { pair, notBeforeMs } = key;
  const keyId = await keyIdOf(pair.publicKeyInfo, crypto);
  const fields = {
    issuer: issuer.subject,
    subject: distinguishedName(...plan.subject),
    notBeforeMs,
    notAfterMs: notBeforeMs + plan.days * DAY_MS,
    subjectPublicKeyInfo: pair.publicKeyInfo,
    extensions: extensionsOf(plan, values, { own: keyId, issuer: issuer.keyId }),
    serial: plan.serial === null ? (key.serial ?? randomSerial(crypto)) : serialOf(plan.serial),
  };
  return signCertificate(fields, issuer.signingKey, crypto);
}

function extensionsOf(
  { extensions, subject }: ClassicCertificate,
  values: ClassicValues,
  keyIds: { readonly own: Bytes; readonly issuer: Bytes },
): Bytes[] {
  const ownId = subjectKeyIdentifier(keyIds.own);
  switch (extensions) {
    case 'none':
      return [];
    case 'workshop-root':
      return [authorityConstraints(null, false), ownId];
    case 'v3-ca':
      return [ownId, authorityKeyIdentifier(keyIds.issuer), authorityConstraints(null)];
    case 'alt-names':
      return [
        subjectAltName(classicAltNames(values, subject.find(([type]) => type === 'CN')?.[1] ?? '')),
        ownId,
        authorityKeyIdentifier(keyIds.issuer),
      ];
  }
}

/** The broker's own name first, then the others, then addresses. */
export function classicAltNames({ dnsNames, addresses }: ClassicValues, commonName: string): AltName[] {
  const dns = [...new Set([commonName, ...dnsNames])].map((name): AltName => ({ dns: name }));
  return [...dns, ...addresses.map((address) => parseAltName(address, 'ip'))];
}

const serialOf = (serial: number): Bytes => fromHex(serial.toString(16).padStart(8, '0'));

/** As OpenSSL does: 159 random bits, so that 20 bytes never need a zero before them. */
function randomSerial(crypto: Crypto): Bytes {
  const serial = crypto.getRandomValues(new Uint8Array(RANDOM_SERIAL_BYTES));
  serial[0] = (serial[0] ?? 0) & 0x7f;
  return serial;
}
