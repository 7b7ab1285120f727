/**
 * Password-based encryption as an AlgorithmIdentifier tells it: PBES2 and PBES1 (RFC 8018), PKCS#12's own (RFC 7292 C),
 * and the DEK-Info line of traditional PEM. Says what a scheme is called, and opens what it closed.
 */
import { fromHex } from '../../shared/bytes.ts';
import type { Bytes } from '../../shared/bytes.ts';
import { AppError } from '../../shared/errors.ts';
import { TAG } from '../der.ts';
import { Fields } from '../facts/fields.ts';
import { algorithmName } from '../facts/object-identifiers.ts';
import { ciphers, decrypt, type Cipher } from './ciphers.ts';
import type { ImportContext } from './items.ts';
import { bmpPassword, evpBytesToKey, pbkdf1, pkcs12Kdf, PKCS12_IV, PKCS12_KEY } from './key-derivation.ts';
import { pbkdf2, type Rounds } from './pbkdf2.ts';

const OID_PBES2 = '1.2.840.113549.1.5.13';
const OID_PBKDF2 = '1.2.840.113549.1.5.12';

const prfs: Readonly<Record<string, string>> = {
  '1.2.840.113549.2.7': 'SHA-1',
  '1.2.840.113549.2.9': 'SHA-256',
  '1.2.840.113549.2.10': 'SHA-384',
  '1.2.840.113549.2.11': 'SHA-512',
};

const pbes2Ciphers: Readonly<Record<string, Cipher>> = {
  '2.16.840.1.101.3.4.1.2': ciphers.aes128,
  '2.16.840.1.101.3.4.1.22': ciphers.aes192,
  '2.16.840.1.101.3.4.1.42': ciphers.aes256,
  '1.2.840.113549.3.7': ciphers.tripleDes,
  '1.3.14.3.2.7': ciphers.des,
};

const pkcs12Ciphers: Readonly<Record<string, Cipher & { readonly derivedBytes?: number }>> = {
  '1.2.840.113549.1.12.1.3': ciphers.tripleDes,
  '1.2.840.113549.1.12.1.4': { ...ciphers.tripleDes, derivedBytes: 16 },
  '1.2.840.113549.1.12.1.5': ciphers.rc2With128,
  '1.2.840.113549.1.12.1.6': ciphers.rc2With40,
};

const pbes1Digests: Readonly<Record<string, 'MD5' | 'SHA-1'>> = {
  '1.2.840.113549.1.5.3': 'MD5',
  '1.2.840.113549.1.5.10': 'SHA-1',
};

/** A way of encryption, ready to open something. */
export interface EncryptionScheme {
  /** In words, for example "AES-256-CBC, PBKDF2 with HMAC-SHA-256, 2048 rounds". */
  readonly name: string;
  /** Throws pki.import-password-wrong, -damaged, -derivation. */
  readonly open: (ciphertext: Uint8Array, password: string, context: ImportContext) => Promise<Bytes>;
}

/** From the fields of an AlgorithmIdentifier. Throws RangeError, pki.import-unsupported. */
export function encryptionScheme(algorithm: Fields): EncryptionScheme {
  const oid = algorithm.oid();
  if (oid === OID_PBES2) return pbes2(algorithm.sequence());
  const pkcs12Cipher = pkcs12Ciphers[oid];
  if (pkcs12Cipher) return pkcs12Scheme(pkcs12Cipher, roundsOf(algorithm.sequence()));
  const digest = pbes1Digests[oid];
  if (digest) return pbes1(digest, roundsOf(algorithm.sequence()));
  throw unsupported(oid);
}

const unsupported = (oid: string): AppError =>
  new AppError('pki.import-unsupported', { details: { what: `encryption with ${algorithmName(oid)}` } });

function roundsOf(parameters: Fields): Rounds {
  return { salt: parameters.octets(), iterations: parameters.count() };
}

function pbes2(parameters: Fields): EncryptionScheme {
  const derivation = parameters.sequence();
  const encryption = parameters.sequence();
  const kdfOid = derivation.oid();
  if (kdfOid !== OID_PBKDF2) throw unsupported(kdfOid);
  const kdf = derivation.sequence();
  const rounds = roundsOf(kdf);
  kdf.optional(TAG.INTEGER);
  const prfOid = kdf.isAtEnd ? '1.2.840.113549.2.7' : kdf.sequence().oid();
  const hash = prfs[prfOid];
  if (hash === undefined) throw unsupported(prfOid);
  const cipherOid = encryption.oid();
  const cipher = pbes2Ciphers[cipherOid];
  if (!cipher) throw unsupported(cipherOid);
  const iv = encryption.octets();
  return {
    name: `${cipher.name}, PBKDF2 with HMAC-${hash}, ${rounds.iterations} rounds`,
    open: async (ciphertext, password, { crypto, uncounted }) => {
      const how = { ...rounds, hash, sizeBytes: cipher.keyBytes };
      const key = await uncounted(() => pbkdf2(password, how, crypto));
      return decrypt({ cipher, iv, ciphertext }, key, crypto);
    },
  };
}

function pkcs12Scheme(cipher: Cipher & { readonly derivedBytes?: number }, rounds: Rounds): EncryptionScheme {
  const bits = cipher.effectiveBits === undefined ? '' : ` (${cipher.effectiveBits} bits)`;
  return {
    name: `${cipher.name}${bits}, PKCS#12 with SHA-1, ${rounds.iterations} rounds`,
    open: async (ciphertext, password, { crypto, uncounted }) => {
      const derive = (purpose: number, sizeBytes: number): Bytes =>
        pkcs12Kdf(bmpPassword(password), { ...rounds, digest: 'SHA-1', purpose, sizeBytes });
      const [derived, iv] = await uncounted(() =>
        Promise.resolve([
          derive(PKCS12_KEY, cipher.derivedBytes ?? cipher.keyBytes),
          derive(PKCS12_IV, cipher.blockBytes),
        ] as const),
      );
      // Two-key 3DES uses its first key again as the third.
      const key = Uint8Array.from({ length: cipher.keyBytes }, (_, i) => derived[i % derived.length] ?? 0);
      return decrypt({ cipher, iv, ciphertext }, key, crypto);
    },
  };
}

function pbes1(digest: 'MD5' | 'SHA-1', rounds: Rounds): EncryptionScheme {
  return {
    name: `DES-CBC, PBKDF1 with ${digest}, ${rounds.iterations} rounds`,
    open: async (ciphertext, password, { crypto, uncounted }) => {
      const derived = await uncounted(() => Promise.resolve(pbkdf1(password, { ...rounds, digest })));
      const sealed = { cipher: ciphers.des, iv: derived.subarray(8, 16), ciphertext };
      return decrypt(sealed, derived.slice(0, 8), crypto);
    },
  };
}

const dekCiphers: Readonly<Record<string, Cipher>> = {
  'AES-128-CBC': ciphers.aes128,
  'AES-192-CBC': ciphers.aes192,
  'AES-256-CBC': ciphers.aes256,
  'DES-EDE3-CBC': ciphers.tripleDes,
  'DES-CBC': ciphers.des,
};

/** From a DEK-Info line, "AES-256-CBC,0123…". Throws pki.import-unsupported, -damaged. */
export function traditionalScheme(dekInfo: string): EncryptionScheme {
  const [name = '', ivHex = ''] = dekInfo.split(',');
  const cipher = dekCiphers[name.toUpperCase()];
  if (!cipher) {
    throw new AppError('pki.import-unsupported', {
      details: { what: `encryption with ${name.slice(0, 40)}` },
    });
  }
  if (!/^[0-9a-f]*$/i.test(ivHex) || ivHex.length !== 2 * cipher.blockBytes) {
    throw new AppError('pki.import-damaged', {
      details: { what: 'the DEK-Info line', why: 'its initial vector has the wrong length' },
    });
  }
  const iv = fromHex(ivHex);
  return {
    name: `${cipher.name}, traditional (one round of MD5)`,
    open: (ciphertext, password, { crypto }) =>
      decrypt(
        { cipher, iv, ciphertext },
        evpBytesToKey(password, iv.subarray(0, 8), cipher.keyBytes),
        crypto,
      ),
  };
}
