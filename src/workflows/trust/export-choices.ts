/** In which forms something can be taken away. Writes nothing. */
import type { CertificateFacts } from '../../pki/facts/certificate.ts';
import type { ImportedItem, PrivateKeyItem } from '../../pki/import/items.ts';
import { certificatesIn, chainOf, isSameKey, privateKeysIn } from '../../pki/import/pairing.ts';

export type ExportFormat = (typeof choices)[number]['format'];

export interface ExportChoice {
  readonly format: ExportFormat;
  readonly label: string;
  /** File ending, with its dot. */
  readonly ending: string;
  readonly isText: boolean;
  /** A private key lies open in it. */
  readonly isSecret: boolean;
  readonly needsPassword: boolean;
}

/** What is taken away: one item, with what belongs to it among the others. */
export interface ExportSubject {
  readonly item: Exclude<ImportedItem, { readonly kind: 'locked' }>;
  /** The key of a certificate. */
  readonly key: PrivateKeyItem | null;
  /** Those above a certificate, nearest first. */
  readonly chain: readonly CertificateFacts[];
}

export function exportSubject(item: ExportSubject['item'], items: readonly ImportedItem[]): ExportSubject {
  if (item.kind !== 'certificate') return { item, key: null, chain: [] };
  const key = privateKeysIn(items).find(({ publicKey }) => isSameKey(publicKey, item.publicKey)) ?? null;
  return { item, key, chain: chainOf(item, certificatesIn(items)).slice(1) };
}

const text = { isText: true, isSecret: false, needsPassword: false } as const;
const binary = { ...text, isText: false } as const;
const secretText = { ...text, isSecret: true } as const;

const choices = [
  { format: 'pem', label: 'PEM', ending: '.pem', ...text },
  { format: 'chain-pem', label: 'PEM with the authorities above it', ending: '-chain.pem', ...text },
  { format: 'der', label: 'DER', ending: '.der', ...binary },
  { format: 'header', label: 'C header (.h), as xxd -i writes it', ending: '.der.h', ...text },
  { format: 'progmem', label: 'C text for a sketch: caCert[] PROGMEM', ending: '.progmem.h', ...text },
  { format: 'sha1-text', label: 'SHA-1 fingerprint', ending: '.sha1.txt', ...text },
  { format: 'sha1-spaces', label: 'SHA-1 fingerprint with spaces', ending: '.sha1.txt', ...text },
  { format: 'sha1-c', label: 'SHA-1 fingerprint as C bytes', ending: '.sha1.h', ...text },
  { format: 'sha256-text', label: 'SHA-256 fingerprint', ending: '.sha256.txt', ...text },
  { format: 'sha256-spaces', label: 'SHA-256 fingerprint with spaces', ending: '.sha256.txt', ...text },
  { format: 'sha256-c', label: 'SHA-256 fingerprint as C bytes', ending: '.sha256.h', ...text },
  { format: 'pin', label: 'Pin of the public key (SHA-256)', ending: '.pin.txt', ...text },
  { format: 'public-key', label: 'Public key, PEM', ending: '.pub.pem', ...text },
  {
    format: 'p12-modern',
    label: 'PKCS#12 with its key, modern',
    ending: '.p12',
    ...binary,
    needsPassword: true,
  },
  {
    format: 'p12-compatible',
    label: 'PKCS#12 with its key, for old Windows and macOS',
    ending: '.p12',
    ...binary,
    needsPassword: true,
  },
  {
    format: 'secure-credentials',
    label: 'secure_credentials.h with its key and authority',
    ending: '.h',
    ...secretText,
  },
  {
    format: 'key-encrypted',
    label: 'PKCS#8, encrypted (AES-256)',
    ending: '.key.pem',
    ...text,
    needsPassword: true,
  },
  { format: 'key-pkcs8', label: 'PKCS#8, open (no password)', ending: '.key.pem', ...secretText },
  { format: 'key-traditional', label: 'PKCS#1 or SEC1, open, PEM', ending: '.key.pem', ...secretText },
  {
    format: 'key-traditional-der',
    label: 'PKCS#1 or SEC1, open, DER',
    ending: '.key.der',
    ...binary,
    isSecret: true,
  },
  { format: 'key-pkcs8-der', label: 'PKCS#8, open, DER', ending: '.key.der', ...binary, isSecret: true },
] as const;

const withPublicKey = ['pin', 'public-key'];
const ofCertificate = [
  ...['pem', 'der', 'header', 'progmem', 'sha1-text', 'sha1-spaces', 'sha1-c'],
  ...['sha256-text', 'sha256-spaces', 'sha256-c', ...withPublicKey],
];

/** The forms in the order people ask for them; never empty. */
export function exportChoices(subject: ExportSubject): ExportChoice[] {
  const formats = formatsOf(subject);
  return choices.filter(({ format }) => formats.includes(format));
}

function formatsOf({ item, key, chain }: ExportSubject): readonly string[] {
  switch (item.kind) {
    case 'certificate':
      return [
        ...ofCertificate,
        ...(chain.length > 0 ? ['chain-pem'] : []),
        ...(key ? ['p12-modern', 'p12-compatible'] : []),
        ...(key && key.publicKey.kind !== 'Ed25519' && chain.length > 0 ? ['secure-credentials'] : []),
      ];
    case 'private-key':
      return [
        ...['key-encrypted', 'key-pkcs8', 'key-pkcs8-der', ...withPublicKey],
        ...(item.publicKey.kind === 'Ed25519' ? [] : ['key-traditional', 'key-traditional-der']),
      ];
    case 'public-key':
      return withPublicKey;
    case 'request':
      return ['pem', 'der', ...withPublicKey];
    case 'revocation-list':
      return ['pem', 'der'];
  }
}
