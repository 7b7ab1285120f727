/** One thing that was seen of a device on its way up, on the serial line or through the broker. */
import type { BootLine, BootStage, BootState } from '../contract/boot-lines.ts';

export interface Sighting {
  readonly source: 'serial' | 'broker';
  /** Null while the serial line has not said which device it is. */
  readonly deviceId: string | null;
  /** 16 hex; null while the boot line that carries it was not seen. */
  readonly bootNonce: string | null;
  readonly stage: BootStage;
  readonly state: BootState;
  /** Of docs/contracts.md, when something failed. */
  readonly code: number | null;
  readonly fields: Readonly<Record<string, string>>;
  /** Unix ms at arrival in the page. */
  readonly atMs: number;
}

/** What earlier lines of the same serial line told: only the first line of a boot carries its nonce. */
export interface SerialContext {
  readonly bootNonce: string | null;
  readonly deviceId: string | null;
}

/** `expectedDeviceId`: the device that was just flashed, when that is known. */
export const newSerialContext = (expectedDeviceId: string | null = null): SerialContext => ({
  bootNonce: null,
  deviceId: expectedDeviceId,
});

const isNonce = (text: string | undefined): text is string =>
  text !== undefined && /^[0-9a-f]{16}$/.test(text);

/** The sighting of one boot line, and what the following lines are read with. */
export function sightingsFromBootLine(
  line: BootLine,
  context: SerialContext,
  atMs: number,
): { sightings: readonly Sighting[]; context: SerialContext } {
  const { n, id, e } = line.fields;
  const next: SerialContext = {
    bootNonce: line.stage === 'boot' ? (isNonce(n) ? n : null) : context.bootNonce,
    deviceId: line.stage === 'cfg' && id ? id : context.deviceId,
  };
  const code = e !== undefined && /^\d{1,4}$/.test(e) ? Number(e) : null;
  const { stage, state, fields } = line;
  return { sightings: [{ source: 'serial', ...next, stage, state, code, fields, atMs }], context: next };
}

export interface BrokerEvidence {
  readonly deviceId: string;
  readonly bootNonce: string;
  readonly atMs: number;
  /** Kept by the broker from before: may be of a boot that is over. */
  readonly retained: boolean;
}

/** An online status proves the way up to the broker; an offline one, or a retained one, proves nothing about now. */
export function sightingsFromStatus(
  evidence: BrokerEvidence & { readonly online: boolean },
): readonly Sighting[] {
  return evidence.online && !evidence.retained ? [brokerSighting(evidence, 'mqtt', {})] : [];
}

/** A reading that came through the broker proves both the broker and the sensor. */
export function sightingsFromTele(
  evidence: BrokerEvidence & {
    readonly values: Readonly<Record<string, number>>;
    readonly errorCode: number | null;
  },
): readonly Sighting[] {
  if (evidence.retained) return [];
  const fields = Object.fromEntries(
    Object.entries(evidence.values).map(([name, value]) => [name, String(value)]),
  );
  const read = brokerSighting(evidence, 'read', fields);
  const hasFailed = evidence.errorCode !== null;
  const isReading = hasFailed || Object.keys(fields).length > 0;
  const failed = {
    ...read,
    state: hasFailed ? ('fail' as const) : ('ok' as const),
    code: evidence.errorCode,
  };
  return [brokerSighting(evidence, 'mqtt', {}), ...(isReading ? [failed] : [])];
}

const brokerSighting = (
  { deviceId, bootNonce, atMs }: BrokerEvidence,
  stage: BootStage,
  fields: Sighting['fields'],
): Sighting => ({ source: 'broker', deviceId, bootNonce, stage, state: 'ok', code: null, fields, atMs });
