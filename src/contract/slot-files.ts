/** The files of a slot on the device (docs/contracts.md, "Files on the device"), their seal and their generation. */
import { concatBytes, toHex, u32le, utf8, type Bytes } from '../shared/bytes.ts';

export type SlotName = 'a' | 'b';

export interface SlotContents {
  /** Configuration JSON. */
  readonly cfg: Bytes;
  /** One or two server anchors, DER, concatenated. */
  readonly ca: Bytes;
  /** Device certificate, DER. */
  readonly crt: Bytes;
  /** SEC1 or PKCS#1, DER. */
  readonly key: Bytes;
  /** Command keys, see encodeCommandKeys. */
  readonly mac: Bytes;
}

export interface CommandKey {
  readonly name: string;
  /** 32 bytes. */
  readonly key: Bytes;
  /** Commands this key may give; '*' is all of them. */
  readonly allow: readonly string[] | '*';
}

export interface SlotFile {
  readonly path: string;
  readonly content: Bytes;
}

export const encodeCommandKeys = (keys: readonly CommandKey[]): Bytes =>
  utf8(
    keys
      .map((key) => `${key.name} ${toHex(key.key)} ${key.allow === '*' ? '*' : key.allow.join(',')}\n`)
      .join(''),
  );

const lengthPrefixed = (parts: readonly Bytes[]): Bytes =>
  concatBytes(parts.flatMap((part) => [u32le(part.length), part]));

/** SHA-256 over the five files; the device never uses a slot whose seal disagrees. */
export async function slotSeal(slot: SlotContents): Promise<Bytes> {
  const all = lengthPrefixed([slot.cfg, slot.ca, slot.crt, slot.key, slot.mac]);
  return new Uint8Array(await crypto.subtle.digest('SHA-256', all));
}

/** `gen`, 8 hex digits: tells the page what really runs, and leaks nothing. `appKey` is 32 bytes. */
export async function slotGeneration(slot: SlotContents, appKey: Bytes): Promise<string> {
  const key = await crypto.subtle.importKey('raw', appKey, { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
  ]);
  const mac = await crypto.subtle.sign('HMAC', key, lengthPrefixed([slot.cfg, slot.ca, slot.crt]));
  return toHex(new Uint8Array(mac)).slice(0, 8);
}

/** The files of one slot, the seal last. */
export async function slotFiles(name: SlotName, slot: SlotContents): Promise<SlotFile[]> {
  return [
    { path: `/${name}.cfg`, content: slot.cfg },
    { path: `/${name}.ca`, content: slot.ca },
    { path: `/${name}.crt`, content: slot.crt },
    { path: `/${name}.key`, content: slot.key },
    { path: `/${name}.mac`, content: slot.mac },
    { path: `/${name}.ok`, content: await slotSeal(slot) },
  ];
}

/** What stands in a file system that was never booted: slot a, the pointer and the clock floor. */
export async function firstFiles(slot: SlotContents, nowMs: number): Promise<SlotFile[]> {
  return [
    ...(await slotFiles('a', slot)),
    { path: '/sel', content: utf8('1 a - 0\n') },
    { path: '/clk', content: utf8(`${Math.floor(nowMs / 1000)}\n`) },
  ];
}
