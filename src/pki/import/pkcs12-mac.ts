/** The MAC of a PKCS#12 file (RFC 7292 4), which proves its password before anything is decrypted. */
import { equalBytes } from '../../shared/bytes.ts';
import type { Bytes } from '../../shared/bytes.ts';
import { AppError } from '../../shared/errors.ts';
import type { Fields } from '../facts/fields.ts';
import { algorithmName } from '../facts/object-identifiers.ts';
import type { ImportContext } from './items.ts';
import { bmpPassword, pkcs12Kdf, PKCS12_MAC, type Pkcs12Digest } from './key-derivation.ts';

const macDigests: Readonly<Record<string, Pkcs12Digest>> = {
  '1.3.14.3.2.26': 'SHA-1',
  '1.2.840.113549.2.5': 'MD5',
  '2.16.840.1.101.3.4.2.1': 'SHA-256',
  '2.16.840.1.101.3.4.2.2': 'SHA-384',
  '2.16.840.1.101.3.4.2.3': 'SHA-512',
};

export interface Mac {
  readonly digest: Pkcs12Digest;
  readonly value: Uint8Array;
  readonly salt: Uint8Array;
  readonly iterations: number;
}

export function readMac(fields: Fields): Mac {
  const info = fields.sequence();
  const oid = info.sequence().oid();
  const digest = macDigests[oid];
  if (digest === undefined) throw unsupported(`a PKCS#12 file protected by ${algorithmName(oid)}`);
  return {
    digest,
    value: info.octets(),
    salt: fields.octets(),
    iterations: fields.isAtEnd ? 1 : fields.count(),
  };
}

/**
 * The password as the MAC proves it. Without one, the empty password is tried; null where that does not open the file.
 */
export async function provedPassword(
  mac: Mac | null,
  content: Uint8Array,
  context: ImportContext,
): Promise<string | null> {
  const { password } = context;
  if (mac === null) return password;
  // An empty password is written in two ways: as a zero character, and as nothing at all.
  const candidates = password ? [bmpPassword(password)] : [bmpPassword(''), new Uint8Array()];
  for (const candidate of candidates) {
    if (await context.uncounted(() => macFits(mac, content, { bmp: candidate, crypto: context.crypto })))
      return password ?? '';
  }
  if (password === null) return null;
  throw new AppError('pki.import-password-wrong');
}

async function macFits(mac: Mac, content: Uint8Array, by: { bmp: Bytes; crypto: Crypto }): Promise<boolean> {
  const { subtle } = by.crypto;
  if (mac.digest === 'MD5') throw unsupported('a PKCS#12 file protected by MD5');
  const key = pkcs12Kdf(by.bmp, { ...mac, purpose: PKCS12_MAC, sizeBytes: mac.value.length });
  const how = { name: 'HMAC', hash: mac.digest };
  const hmac = await subtle.importKey('raw', key, how, false, ['sign']);
  return equalBytes(new Uint8Array(await subtle.sign('HMAC', hmac, Uint8Array.from(content))), mac.value);
}

const unsupported = (what: string): AppError => new AppError('pki.import-unsupported', { details: { what } });
