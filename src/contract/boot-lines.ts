/**
 * The machine-readable lines a device prints on its serial port (docs/contracts.md, "Serial"). Knows the syntax only;
 * what a line means for the bring-up is commissioning's business.
 */
import { utf8 } from '../shared/bytes.ts';

export const bootStages = [
  'boot',
  'fs',
  'cfg',
  'wifi',
  'time',
  'dns',
  'tls',
  'mqtt',
  'read',
  'safe',
] as const;
export type BootStage = (typeof bootStages)[number];

export const bootStates = ['try', 'ok', 'fail', 'skip'] as const;
export type BootState = (typeof bootStates)[number];

export interface BootLine {
  /** Milliseconds since the device's reset. */
  readonly ms: number;
  readonly stage: BootStage;
  readonly state: BootState;
  /** Percent-decoded values, for example `e` the code and `n` the boot nonce. */
  readonly fields: Readonly<Record<string, string>>;
}

/** CRC-16/CCITT-FALSE: polynomial 0x1021, initial 0xffff, not reflected, no final XOR. */
export function crc16CcittFalse(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++)
      crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff;
  }
  return crc;
}

/** A line without its end, or null when it is not one of ours or was damaged on the wire. */
export function parseBootLine(line: string): BootLine | null {
  const match = /^@(sg1 (\d{1,12}) ([a-z]+) ([a-z]+)((?: [a-z_]+=[A-Za-z0-9.:_%-]*)*))\*([0-9a-f]{4})$/.exec(
    line,
  );
  if (!match) return null;
  const [, body = '', ms = '', stage = '', state = '', fields = '', crc = ''] = match;
  if (crc16CcittFalse(utf8(body)) !== Number.parseInt(crc, 16)) return null;
  const knownStage = bootStages.find((name) => name === stage);
  const knownState = bootStates.find((name) => name === state);
  const values = parseFields(fields);
  if (!knownStage || !knownState || !values) return null;
  return { ms: Number(ms), stage: knownStage, state: knownState, fields: values };
}

function parseFields(text: string): Record<string, string> | null {
  const values: Record<string, string> = {};
  for (const field of text.split(' ').filter((part) => part !== '')) {
    const at = field.indexOf('=');
    try {
      values[field.slice(0, at)] = decodeURIComponent(field.slice(at + 1));
    } catch {
      return null;
    }
  }
  return values;
}
