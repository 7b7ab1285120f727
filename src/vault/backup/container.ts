/**
 * The outer form of a backup file (docs/contracts.md, "Backup file"): a passphrase, a key made from it, and the content in
 * authenticated chunks, so that any changed, missing or added byte is refused. Knows nothing of what the content means.
 */
import { concatBytes, fromUtf8, utf8, type Bytes } from '../../shared/bytes.ts';
import { AppError } from '../../shared/errors.ts';
import { judgePassphrase } from '../passphrase-strength.ts';

export const BACKUP_MAGIC = 'SIGNETBK';
export const BACKUP_VERSION = 1;
export const BACKUP_ITERATIONS = 1_000_000;
export const HEADER_BYTES = 30;
export const CHUNK_BYTES = 65_536;
/** A larger file is no backup of this page. */
export const MOST_BACKUP_BYTES = 256 * 1024 * 1024;

const PBKDF2_SHA256 = 1;
const MIN_ITERATIONS = 600_000;
const MAX_ITERATIONS = 5_000_000;
const SALT_BYTES = 16;
const TAG_BYTES = 16;
const SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES;

/**
 * The whole file. `personalWords` are worth nothing in a passphrase. `iterations` is for tests of what is accepted.
 * Throws backup.weak-passphrase.
 */
export async function sealBackup(
  content: Bytes,
  lock: {
    readonly passphrase: string;
    readonly personalWords?: readonly string[];
    readonly iterations?: number;
  },
  crypto: Crypto,
): Promise<Bytes> {
  const verdict = judgePassphrase(lock.passphrase, lock.personalWords ?? []);
  if (verdict.kind === 'weak')
    throw new AppError('backup.weak-passphrase', { details: { why: verdict.why } });
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  const header = headerBytes(lock.iterations ?? BACKUP_ITERATIONS, salt);
  const key = await keyOf(lock.passphrase, header, crypto);
  const count = Math.max(1, Math.ceil(content.length / CHUNK_BYTES));
  const check = await crypto.subtle.encrypt(checkAlgorithm(header), key, new Uint8Array(0));
  const parts: Bytes[] = [header, new Uint8Array(check)];
  for (let index = 0; index < count; index++) {
    const plain = content.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES);
    const algorithm = chunkAlgorithm(index, index === count - 1, header);
    parts.push(new Uint8Array(await crypto.subtle.encrypt(algorithm, key, plain)));
  }
  return concatBytes(parts);
}

/** Whether a file begins as a backup does; nothing more is known of it yet. */
export const looksLikeBackup = (file: Uint8Array): boolean =>
  file.length >= BACKUP_MAGIC.length && startsWithMagic(file);

/**
 * What {@link sealBackup} was given. Throws backup.not-a-backup, backup.newer, backup.too-large, backup.damaged (a
 * header that no page writes, or content that was changed, cut or added to) and backup.wrong-passphrase.
 */
export async function openBackup(file: Bytes, passphrase: string, crypto: Crypto): Promise<Bytes> {
  const header = checkedHeader(file);
  const key = await keyOf(passphrase, header, crypto);
  await checkPassphrase(file, { key, header }, crypto);
  const body = file.subarray(HEADER_BYTES + TAG_BYTES);
  const count = Math.max(1, Math.ceil(body.length / SEALED_CHUNK_BYTES));
  const parts: Bytes[] = [];
  for (let index = 0; index < count; index++) {
    const sealed = body.subarray(index * SEALED_CHUNK_BYTES, (index + 1) * SEALED_CHUNK_BYTES);
    const algorithm = chunkAlgorithm(index, index === count - 1, header);
    try {
      parts.push(new Uint8Array(await crypto.subtle.decrypt(algorithm, key, sealed)));
    } catch (cause) {
      throw new AppError('backup.damaged', { details: { what: 'content' }, cause });
    }
  }
  const content = concatBytes(parts);
  for (const part of parts) part.fill(0);
  return content;
}

function headerBytes(iterations: number, salt: Uint8Array): Bytes {
  const header = new Uint8Array(HEADER_BYTES);
  header.set(utf8(BACKUP_MAGIC));
  header[8] = BACKUP_VERSION;
  header[9] = PBKDF2_SHA256;
  new DataView(header.buffer).setUint32(10, iterations);
  header.set(salt, 14);
  return header;
}

function checkedHeader(file: Bytes): Bytes {
  if (file.length > MOST_BACKUP_BYTES) throw new AppError('backup.too-large');
  if (!looksLikeBackup(file)) throw new AppError('backup.not-a-backup');
  if ((file[8] ?? 0) > BACKUP_VERSION) throw new AppError('backup.newer');
  if (file.length < HEADER_BYTES + 2 * TAG_BYTES)
    throw new AppError('backup.damaged', { details: { what: 'header' } });
  const header = file.slice(0, HEADER_BYTES);
  const iterations = iterationsOf(header);
  const isOurs = header[8] === BACKUP_VERSION && header[9] === PBKDF2_SHA256;
  // Fewer would make guessing cheap for who changed the file, more would keep the page busy for minutes.
  if (!isOurs || iterations < MIN_ITERATIONS || iterations > MAX_ITERATIONS)
    throw new AppError('backup.damaged', { details: { what: 'header' } });
  return header;
}

const iterationsOf = (header: Bytes): number => new DataView(header.buffer).getUint32(10);

function startsWithMagic(file: Uint8Array): boolean {
  try {
    return fromUtf8(file.subarray(0, BACKUP_MAGIC.length)) === BACKUP_MAGIC;
  } catch {
    return false;
  }
}

/** NFKC, as the vault does. */
async function keyOf(passphrase: string, header: Bytes, crypto: Crypto): Promise<CryptoKey> {
  const secret = utf8(passphrase.normalize('NFKC'));
  const material = await crypto.subtle.importKey('raw', secret, 'PBKDF2', false, ['deriveKey']);
  secret.fill(0);
  const algorithm = {
    name: 'PBKDF2',
    hash: 'SHA-256',
    salt: header.slice(14, HEADER_BYTES),
    iterations: iterationsOf(header),
  };
  const aes = { name: 'AES-GCM', length: 256 };
  return crypto.subtle.deriveKey(algorithm, material, aes, false, ['encrypt', 'decrypt']);
}

/** A changed header or check fails here too: it cannot be told from a wrong passphrase. */
async function checkPassphrase(
  file: Bytes,
  { key, header }: { readonly key: CryptoKey; readonly header: Bytes },
  crypto: Crypto,
): Promise<void> {
  const check = file.slice(HEADER_BYTES, HEADER_BYTES + TAG_BYTES);
  try {
    await crypto.subtle.decrypt(checkAlgorithm(header), key, check);
  } catch (cause) {
    throw new AppError('backup.wrong-passphrase', { cause });
  }
}

/** Nothing, sealed: whether it opens says whether the key is right, before any content is looked at. */
const checkAlgorithm = (header: Bytes): AesGcmParams => ({
  name: 'AES-GCM',
  iv: new Uint8Array(12).fill(0xff),
  additionalData: header,
});

/** The key is this file's alone, so a counter is a nonce; its last byte marks the last chunk. */
function chunkAlgorithm(index: number, isLast: boolean, header: Bytes): AesGcmParams {
  const iv = new Uint8Array(12);
  new DataView(iv.buffer).setUint32(7, index);
  iv[11] = isLast ? 1 : 0;
  return { name: 'AES-GCM', iv, additionalData: header };
}
