/**
 * A Live pass: what another computer needs to look at one project's broker and, if wanted, to give commands; never an
 * authority's key (docs/contracts.md, Live pass). Sealed under a pass code of 80 random bits.
 */
import { fromBase64, fromUtf8, toBase64, utf8, type Bytes } from '../shared/bytes.ts';
import { AppError } from '../shared/errors.ts';
import { associatedData, decrypt, encrypt } from './sealing.ts';

export interface PassDevice {
  readonly id: string;
  readonly everyS: number;
  /** 32 bytes of the command key in base64; null: this pass gives it no commands. */
  readonly key: string | null;
}

export interface LivePass {
  readonly project: { readonly id: string; readonly name: string };
  /** The first is dialled. */
  readonly hosts: readonly string[];
  readonly webPort: number;
  readonly user: string;
  readonly password: string;
  /** DER in base64, for trusting the broker on the other computer; null when it was left out. */
  readonly webAuthority: string | null;
  readonly devices: readonly PassDevice[];
}

const format = 'signet-live-pass';
const iterations = 1_000_000;
/** What a pass from elsewhere may ask of this computer. */
const iterationLimits = [600_000, 5_000_000] as const;
const maxPassBytes = 1024 * 1024;
const maxDevices = 5_000;

/** No letters that are mistaken for others. */
const codeLetters = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';

/** 80 random bits as four groups of four: `K7QF-2M9X-…`. */
export function newPassCode(crypto: Crypto): string {
  const letters = [...crypto.getRandomValues(new Uint8Array(16))].map(
    (byte) => codeLetters[byte & 31] ?? '2',
  );
  return [0, 4, 8, 12].map((at) => letters.slice(at, at + 4).join('')).join('-');
}

const tidyCode = (code: string): string => code.toUpperCase().replace(/[^0-9A-Z]/g, '');

/** The pass as one line of JSON, for a file or a QR code. */
export async function sealLivePass(pass: LivePass, code: string, crypto: Crypto): Promise<string> {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const key = await keyOf(code, { salt, rounds: iterations }, crypto);
  const { nonce, ciphertext } = await encrypt(
    key,
    utf8(JSON.stringify(pass)),
    boundTo(salt, iterations),
    crypto,
  );
  return JSON.stringify({
    format,
    v: 1,
    iterations,
    salt: toBase64(salt),
    nonce: toBase64(nonce),
    sealed: toBase64(ciphertext),
  });
}

/** Throws pass.not-a-pass, pass.newer, pass.wrong-code (or any byte of it was changed). */
export async function openLivePass(text: string, code: string, crypto: Crypto): Promise<LivePass> {
  const { salt, nonce, sealed, rounds } = envelopeOf(text);
  const key = await keyOf(code, { salt, rounds }, crypto);
  const plain = await decrypt(key, { nonce, ciphertext: sealed }, boundTo(salt, rounds), crypto);
  if (!plain) throw new AppError('pass.wrong-code');
  try {
    return checkedPass(JSON.parse(fromUtf8(plain)));
  } finally {
    plain.fill(0);
  }
}

interface Envelope {
  readonly salt: Bytes;
  readonly nonce: Bytes;
  readonly sealed: Bytes;
  readonly rounds: number;
}

/** Whether a text is a pass at all, before its code is asked for. Throws pass.not-a-pass, pass.newer. */
export const checkEnvelope = (text: string): void => void envelopeOf(text);

function envelopeOf(text: string): Envelope {
  if (text.length > maxPassBytes) throw new AppError('pass.not-a-pass');
  const value = parsed(text);
  if (value['format'] !== format) throw new AppError('pass.not-a-pass');
  if (value['v'] !== 1) throw new AppError('pass.newer');
  const { iterations: rounds } = value;
  const [min, max] = iterationLimits;
  if (typeof rounds !== 'number' || !Number.isInteger(rounds) || rounds < min || rounds > max)
    throw new AppError('pass.not-a-pass');
  const part = (name: string): Bytes => bytesOf(value[name]);
  return { salt: part('salt'), nonce: part('nonce'), sealed: part('sealed'), rounds };
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Told below.
  }
  throw new AppError('pass.not-a-pass');
}

function bytesOf(value: unknown): Bytes {
  try {
    if (typeof value === 'string' && value !== '') return fromBase64(value);
  } catch {
    // Told below.
  }
  throw new AppError('pass.not-a-pass');
}

async function keyOf(
  code: string,
  { salt, rounds }: { readonly salt: Bytes; readonly rounds: number },
  crypto: Crypto,
): Promise<CryptoKey> {
  const raw = await crypto.subtle.importKey('raw', utf8(tidyCode(code)), 'PBKDF2', false, ['deriveKey']);
  const derivation = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations: rounds };
  return crypto.subtle.deriveKey(derivation, raw, { name: 'AES-GCM', length: 256 }, false, [
    'encrypt',
    'decrypt',
  ]);
}

const boundTo = (salt: Bytes, rounds: number): Bytes => associatedData(format, 1, rounds, toBase64(salt));

/** It was sealed by somebody who had the code, but perhaps by a page with a fault. */
function checkedPass(value: unknown): LivePass {
  const pass = value as LivePass;
  const isText = (text: unknown): boolean => typeof text === 'string' && text.length <= 4_096;
  const isDevice = ({ id, everyS, key }: PassDevice): boolean =>
    /^[a-z0-9-]{1,32}$/.test(id) && Number.isFinite(everyS) && (key === null || isText(key));
  const isRight =
    isText(pass.project.id) &&
    isText(pass.project.name) &&
    Array.isArray(pass.hosts) &&
    pass.hosts.every(isText) &&
    Number.isInteger(pass.webPort) &&
    isText(pass.user) &&
    isText(pass.password) &&
    (pass.webAuthority === null || isText(pass.webAuthority)) &&
    Array.isArray(pass.devices) &&
    pass.devices.length <= maxDevices &&
    pass.devices.every(isDevice);
  if (!isRight) throw new AppError('pass.not-a-pass');
  return pass;
}
