/**
 * Signed commands and replies (docs/contracts.md, "Commands"): what is signed is the bytes sent. Makes and checks the
 * envelopes; when to send, and what an answer means, is workflows/send-command's business.
 */
import { concatBytes, fromHex, fromUtf8, toBase64Url, toHex, utf8, type Bytes } from '../shared/bytes.ts';

/** The device's limit for a payload, in bytes. */
export const maxCommandBytes = 2048;

export type CommandName =
  'led' | 'display' | 'relay' | 'outputs' | 'interval' | 'read' | 'identify' | 'reboot' | RotationCommandName;

export type RotationCommandName = 'key.new' | 'key.csr' | 'slot.put' | 'slot.try' | 'slot.keep';

export interface CommandBody {
  /** 22 characters of base64url: 16 random bytes. */
  readonly i: string;
  /** The boot nonce of the device, 16 hex. */
  readonly n: string;
  /** Unix time in ms, by the device's clock. */
  readonly ts: number;
  /** Milliseconds the command is good for, at most 15,000. */
  readonly ttl: number;
  readonly c: CommandName;
  readonly a: Readonly<Record<string, string | number>>;
}

export interface ReplyBody {
  readonly i: string;
  readonly n: string;
  readonly ok: 0 | 1;
  /** Code of docs/contracts.md when `ok` is 0. */
  readonly e?: number;
  /** The device's clock, Unix ms. */
  readonly now?: number;
  /** `ts` of the newest command it accepted. */
  readonly last?: number;
  readonly d?: Readonly<Record<string, unknown>>;
}

export const importCommandKey = (raw: Bytes): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']);

export const newCommandId = (): string => toBase64Url(crypto.getRandomValues(new Uint8Array(16)));

const signedBytes = (form: 'signet-c1' | 'signet-r1', topic: string, json: Bytes): Bytes =>
  concatBytes([utf8(`${form}\n${topic}\n`), json]);

/** The payload to publish on `topic`; the caller keeps it below maxCommandBytes by keeping arguments short. */
export async function sealCommand(
  topic: string,
  keyName: string,
  key: CryptoKey,
  body: CommandBody,
): Promise<Bytes> {
  const json = utf8(JSON.stringify(body));
  const mac = await crypto.subtle.sign('HMAC', key, signedBytes('signet-c1', topic, json));
  return concatBytes([utf8(`c1.${keyName}.${toHex(new Uint8Array(mac))}.`), json]);
}

/** The reply inside a payload, or null when it is not one or was not made by the holder of `key`. */
export async function openReply(
  topic: string,
  key: CryptoKey,
  payload: Uint8Array,
): Promise<ReplyBody | null> {
  const head = /^r1\.([0-9a-f]{64})\.$/.exec(String.fromCharCode(...payload.subarray(0, 68)));
  if (!head?.[1]) return null;
  const json: Bytes = payload.slice(68);
  const isGenuine = await crypto.subtle.verify(
    'HMAC',
    key,
    fromHex(head[1]),
    signedBytes('signet-r1', topic, json),
  );
  return isGenuine ? parseReply(json) : null;
}

function parseReply(json: Bytes): ReplyBody | null {
  try {
    const body: unknown = JSON.parse(fromUtf8(json));
    return isReply(body) ? body : null;
  } catch {
    return null;
  }
}

function isReply(body: unknown): body is ReplyBody {
  if (typeof body !== 'object' || body === null) return false;
  const { i, n, ok, e, now, last } = body as Record<string, unknown>;
  const isOptionalNumber = (value: unknown): boolean => value === undefined || Number.isFinite(value);
  return (
    typeof i === 'string' &&
    typeof n === 'string' &&
    (ok === 0 || ok === 1) &&
    [e, now, last].every(isOptionalNumber)
  );
}
