/**
 * What somebody brings, told apart by its content and read: certificates and chains, private keys in every form, PKCS#12,
 * PKCS#7, requests, revocation lists, public keys. Runs in a worker (import-job.ts) and in Node. Judges nothing.
 */
import type { Bytes } from '../../shared/bytes.ts';
import { AppError } from '../../shared/errors.ts';
import { bitString, objectIdentifier, readAll, readTlv, sequence, tlv } from '../der.ts';
import { readCertificateFacts } from '../facts/certificate.ts';
import { Fields, TAG_NULL, wholeSequence } from '../facts/fields.ts';
import { OID_RSA, readPublicKey } from '../facts/public-key.ts';
import { readRequestFacts } from '../facts/request.ts';
import { readRevocationListFacts } from '../facts/revocation-list.ts';
import { CutOff, derFromBer } from './ber.ts';
import { splitBlocks, type Block } from './blocks.ts';
import { openEncryptedPkcs8, openTraditional, readPrivateKey } from './encrypted-keys.ts';
import {
  MAX_FILE_BYTES,
  MAX_ITEMS,
  type ImportContext,
  type ImportedFile,
  type ImportedItem,
  type Pkcs12Facts,
} from './items.ts';
import { openPkcs12 } from './pkcs12.ts';
import { shapeOf, type Shape } from './shapes.ts';

interface Reading {
  readonly items: ImportedItem[];
  readonly skipped: string[];
  container: ImportedFile['container'];
  pkcs12: Pkcs12Facts | null;
}

/**
 * Everything in the file; what a password would open stands as `locked` when none is given.
 * Throws pki.import-empty, -too-large, -too-many, -truncated, -unknown, -damaged, -unsupported, -password-wrong, -derivation.
 */
export async function readFile(bytes: Uint8Array, context: ImportContext): Promise<ImportedFile> {
  if (bytes.length > MAX_FILE_BYTES)
    throw new AppError('pki.import-too-large', { details: { sizeBytes: bytes.length } });
  const { encoding, blocks } = splitBlocks(bytes);
  if (blocks.length > MAX_ITEMS) throw tooMany();
  const reading: Reading = { items: [], skipped: [], container: null, pkcs12: null };
  for (const block of blocks) await readBlock(block, reading, context);
  if (reading.items.length > MAX_ITEMS) throw tooMany();
  if (reading.items.length === 0) throw new AppError('pki.import-unknown');
  return { encoding, ...reading };
}

const tooMany = (): AppError => new AppError('pki.import-too-many', { details: { limit: MAX_ITEMS } });

async function readBlock(block: Block, reading: Reading, context: ImportContext): Promise<void> {
  const what = block.label === null ? 'the file' : `the block "${block.label.slice(0, 40)}"`;
  try {
    if (block.dekInfo !== null) reading.items.push(await openTraditional(block.der, block.dekInfo, context));
    else await readDer(block, reading, context);
  } catch (thrown) {
    if (thrown instanceof CutOff || (thrown instanceof RangeError && isCutOff(block.der))) {
      throw new AppError('pki.import-truncated');
    }
    if (!(thrown instanceof RangeError)) throw thrown;
    throw new AppError('pki.import-damaged', {
      details: { what, why: 'its content does not follow its own structure' },
    });
  }
}

/** Whether the outer value says that it is longer than it is. */
function isCutOff(der: Uint8Array): boolean {
  try {
    readTlv(der);
    return false;
  } catch (thrown) {
    return thrown instanceof RangeError && thrown.message === 'DER cut off';
  }
}

async function readDer(block: Block, reading: Reading, context: ImportContext): Promise<void> {
  const der = block.der[1] === 0x80 ? derFromBer(block.der) : block.der;
  if (block.label?.startsWith('DH ')) {
    reading.skipped.push(block.label);
    return;
  }
  const shape = shapeOf(der);
  if (shape === null || shape === 'parameters') {
    if (block.label === null) throw new AppError('pki.import-unknown');
    reading.skipped.push(block.label);
    return;
  }
  if (block.label === 'TRUSTED CERTIFICATE') reading.items.push(readCertificateFacts(readTlv(der).whole));
  else await readShape(shape, der, { reading, context });
}

async function readShape(
  shape: Exclude<Shape, 'parameters'>,
  der: Bytes,
  { reading, context }: { reading: Reading; context: ImportContext },
): Promise<void> {
  switch (shape) {
    case 'pkcs12': {
      const opened = await openPkcs12(der, context);
      reading.container = 'PKCS#12';
      if ('kind' in opened) reading.items.push(opened);
      else {
        reading.items.push(...opened.items);
        reading.pkcs12 = opened.facts;
      }
      return;
    }
    case 'pkcs7':
      reading.container = 'PKCS#7';
      reading.items.push(...certificatesOfPkcs7(der));
      return;
    default:
      reading.items.push(await readItem(shape, der, context));
  }
}

async function readItem(
  shape: Exclude<Shape, 'parameters' | 'pkcs12' | 'pkcs7'>,
  der: Bytes,
  context: ImportContext,
): Promise<ImportedItem> {
  switch (shape) {
    case 'certificate':
      return readCertificateFacts(der);
    case 'request':
      return readRequestFacts(der);
    case 'revocation-list':
      return readRevocationListFacts(der);
    case 'encrypted-pkcs8':
      return openEncryptedPkcs8(der, context);
    case 'public-key':
      return { kind: 'public-key', publicKey: readPublicKey(readTlv(der)) };
    case 'pkcs1-public':
      return { kind: 'public-key', publicKey: readPublicKey(readTlv(rsaSpki(der))) };
    default: {
      const key = await readPrivateKey(der, context.crypto);
      if (!key) throw new RangeError('a private key was expected');
      return key;
    }
  }
}

const rsaSpki = (pkcs1: Bytes): Bytes =>
  sequence(sequence(objectIdentifier(OID_RSA), tlv(TAG_NULL)), bitString(pkcs1));

/** A chain as Windows exports it (.p7b): SignedData without signers. */
function certificatesOfPkcs7(ber: Bytes): ImportedItem[] {
  const fields = wholeSequence(derFromBer(ber));
  if (fields.oid() !== '1.2.840.113549.1.7.2') {
    throw new AppError('pki.import-unsupported', {
      details: { what: 'an encrypted or signed message (PKCS#7)' },
    });
  }
  const signed = new Fields(fields.take(0xa0).content).sequence();
  signed.count();
  signed.any();
  signed.any();
  return readAll(signed.take(0xa0).content).map(({ whole }) => readCertificateFacts(whole));
}
