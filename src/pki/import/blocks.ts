/**
 * A file as DER blocks: PEM texts (RFC 7468 and the older RFC 1421 headers) with anything around them, bare base64, or
 * DER values one after the other. Content decides, never the file's name. Knows nothing of what the blocks mean.
 */
import { fromBase64 } from '../../shared/bytes.ts';
import type { Bytes } from '../../shared/bytes.ts';
import { AppError } from '../../shared/errors.ts';
import { CutOff, endOfValue } from './ber.ts';
import type { ImportedFile } from './items.ts';

export interface Block {
  /** What stands after BEGIN; null outside PEM. It is only a hint: the content decides. */
  readonly label: string | null;
  readonly der: Bytes;
  /** "AES-256-CBC,0123…" where the block is encrypted in the traditional way. */
  readonly dekInfo: string | null;
}

export interface Blocks {
  readonly encoding: ImportedFile['encoding'];
  readonly blocks: readonly Block[];
}

const TAG_SEQUENCE = 0x30;
const dashes = '-----BEGIN ';

/** Throws pki.import-empty, -truncated, -damaged, -unsupported, -unknown. */
export function splitBlocks(bytes: Uint8Array): Blocks {
  if (bytes.length === 0) throw new AppError('pki.import-empty');
  const text = decodeText(bytes);
  if (looksLikeDer(bytes, text)) return { encoding: 'DER', blocks: derBlocks(bytes) };
  if (text.includes(dashes)) return { encoding: 'PEM', blocks: pemBlocks(text) };
  refuseForeign(bytes, text);
  const bare = text.replace(/\s+/g, '');
  if (bare.length > 40 && /^M[A-Za-z0-9+/]+={0,2}$/.test(bare)) {
    return { encoding: 'base64', blocks: derBlocks(decodeBase64(bare, 'base64 text')) };
  }
  throw new AppError(/(^|\n)-{1,5}[A-Z -]*$/.test(text) ? 'pki.import-truncated' : 'pki.import-unknown');
}

/** Latin letters one to one; the UTF-16 that Windows' shells write is undone. */
function decodeText(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  return new TextDecoder('latin1').decode(bytes);
}

function looksLikeDer(bytes: Uint8Array, text: string): boolean {
  if (bytes[0] !== TAG_SEQUENCE) return false;
  if (bytes.length === 1 || (bytes[1] ?? 0) >= 0x80) return true;
  // Text has none of these, DER nearly always.
  return !text.includes(dashes) && /[\x00-\x08\x0e-\x1f\x7f-\xff]/.test(text);
}

function derBlocks(bytes: Uint8Array): Block[] {
  const blocks: Block[] = [];
  for (let at = 0; at < bytes.length && !isPadding(bytes, at);) {
    const end = endOf(bytes, at);
    blocks.push({ label: null, der: Uint8Array.from(bytes.subarray(at, end)), dekInfo: null });
    at = end;
  }
  return blocks;
}

/** Line ends, blanks or zeros up to the end. */
const isPadding = (bytes: Uint8Array, at: number): boolean =>
  bytes.subarray(at).every((octet) => octet === 0 || octet === 0x0a || octet === 0x0d || octet === 0x20);

function endOf(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== TAG_SEQUENCE && at > 0) {
    throw new AppError('pki.import-damaged', {
      details: { what: 'the file', why: 'something foreign follows its content' },
    });
  }
  try {
    return endOfValue(bytes, at);
  } catch (thrown) {
    if (thrown instanceof CutOff) throw new AppError('pki.import-truncated');
    throw new AppError('pki.import-unknown');
  }
}

const beginLine = /-----BEGIN ([^\r\n]+?)-----/;

function pemBlocks(text: string): Block[] {
  const blocks: Block[] = [];
  let rest = text;
  for (;;) {
    const begin = beginLine.exec(rest);
    if (!begin) break;
    const label = begin[1] ?? '';
    refuseForeignLabel(label);
    const body = rest.slice(begin.index + begin[0].length);
    const endMark = `-----END ${label}-----`;
    const end = body.indexOf(endMark);
    if (end < 0) throw new AppError('pki.import-truncated');
    blocks.push(pemBlock(label, body.slice(0, end)));
    rest = body.slice(end + endMark.length);
  }
  // What is left may be the beginning of another block.
  if (/(^|\n)-[^\n]*$/.test(rest.trimEnd()) || rest.includes('-----BEGIN'))
    throw new AppError('pki.import-truncated');
  return blocks;
}

function pemBlock(label: string, body: string): Block {
  const lines = body.split(/\r\n|\n|\r/);
  const isHeader = (line: string): boolean => line.includes(':');
  const firstHeader = lines.findIndex(isHeader);
  if (firstHeader < 0) return { label, der: decodeBase64(body, label), dekInfo: null };
  const blank = lines.findIndex((line, i) => i > firstHeader && line.trim() === '');
  if (blank < 0) throw damaged(label);
  const headers = lines.slice(0, blank).join('\n');
  const dekInfo = /^DEK-Info:\s*(\S+)\s*$/m.exec(headers)?.[1] ?? null;
  if (dekInfo === null && /^Proc-Type:.*ENCRYPTED/m.test(headers)) throw damaged(label);
  return { label, der: decodeBase64(lines.slice(blank).join(''), label), dekInfo };
}

function decodeBase64(text: string, what: string): Bytes {
  try {
    return fromBase64(text.replace(/\s+/g, ''));
  } catch {
    throw damaged(what);
  }
}

const damaged = (what: string): AppError =>
  new AppError('pki.import-damaged', {
    details: { what: `the block "${what.slice(0, 40)}"`, why: 'it is not whole base64 text' },
  });

const foreign = (what: string): AppError => new AppError('pki.import-unsupported', { details: { what } });

function refuseForeignLabel(label: string): void {
  if (label.startsWith('OPENSSH')) throw foreign("a key in OpenSSH's own format");
  if (label.startsWith('PGP')) throw foreign('a PGP key or message');
  if (label.startsWith('SSH2')) throw foreign('an SSH2 key');
}

function refuseForeign(bytes: Uint8Array, text: string): void {
  const magic = bytes.slice(0, 4).join();
  if (magic === '254,237,254,237' || magic === '206,206,206,206') throw foreign('a Java key store (JKS)');
  if (text.startsWith('PuTTY-User-Key-File')) throw foreign("a key in PuTTY's own format");
  if (text.startsWith('ssh-') || text.startsWith('ecdsa-sha2-')) throw foreign('a public key for SSH');
  if (magic === '80,75,3,4') throw foreign('a .zip: unpack it first');
}
