/**
 * One device as the page knows it now: a pure reduction of what arrived. Immutable: a changed device is a new object,
 * so that a screen redraws only what changed. Series are kept by live-board.ts.
 */
import { decodeHealth, decodeStatus, decodeTele } from './device-messages.ts';
import type { Health, OnlineStatus, Status, Tele } from './device-messages.ts';
import type { Decoded } from './json-payload.ts';
import { silenceAfterMs, type Presence } from './presence.ts';
import type { Readings, RejectedField } from './readings.ts';

export interface Reading {
  readonly value: number;
  /** Unix ms at arrival in the page. */
  readonly atMs: number;
  /** The broker had kept it: measured before that moment, nobody knows when. */
  readonly isKept?: true;
}

export interface Unreadable {
  readonly leaf: string;
  /** Completes "unreadable: …". */
  readonly reason: string;
  readonly atMs: number;
}

export interface DeviceLive {
  readonly deviceId: string;
  readonly presence: Presence;
  /** Of the newest boot heard of; commands are made for it. */
  readonly bootNonce: string | null;
  /** Boots that are over, newest first: what still carries their nonce is late. */
  readonly pastNonces: readonly string[];
  readonly status: OnlineStatus | null;
  readonly health: Health | null;
  /** Newest reading per quantity. */
  readonly readings: Readonly<Record<string, Reading>>;
  /** Code of the newest `tele`, for example 801; null when all is well. */
  readonly errorCode: number | null;
  /** Fields of the newest `tele` that could not be believed. */
  readonly rejected: readonly RejectedField[];
  readonly lastHeardMs: number | null;
  /** Time between two readings as configured or, when longer, as twice measured in a row. */
  readonly intervalMs: number;
  readonly configuredIntervalMs: number;
  readonly lastTeleMs: number | null;
  /** Between the last two readings that followed each other; a stalled connection stretches one, not two. */
  readonly lastStepMs: number;
  readonly lastSequence: number | null;
  /** Readings that never arrived, by the gaps in their numbers. */
  readonly missedReadings: number;
  /** Device's clock minus the page's; null until the device said its time. */
  readonly clockOffsetMs: number | null;
  readonly unreadableCount: number;
  readonly lastUnreadable: Unreadable | null;
}

export interface Arrival {
  readonly payload: Uint8Array;
  readonly retained: boolean;
  readonly atMs: number;
}

export const newDeviceLive = (deviceId: string, intervalMs: number): DeviceLive => ({
  deviceId,
  presence: { kind: 'unknown' },
  bootNonce: null,
  pastNonces: [],
  status: null,
  health: null,
  readings: {},
  errorCode: null,
  rejected: [],
  lastHeardMs: null,
  intervalMs,
  configuredIntervalMs: intervalMs,
  lastTeleMs: null,
  lastStepMs: 0,
  lastSequence: null,
  missedReadings: 0,
  clockOffsetMs: null,
  unreadableCount: 0,
  lastUnreadable: null,
});

const rememberedNonces = 8;

/** Clocks that differ by less are taken for equal. */
const sameClockMs = 1_500;

export function acceptStatus(device: DeviceLive, arrival: Arrival): DeviceLive {
  return orUnreadable(
    device,
    decodeStatus(arrival.payload),
    { leaf: 'status', atMs: arrival.atMs },
    (status) => (status.online ? withOnline(device, status, arrival) : withLastWill(device, status, arrival)),
  );
}

export function acceptTele(device: DeviceLive, arrival: Arrival): { device: DeviceLive; tele: Tele | null } {
  const decoded = decodeTele(arrival.payload);
  const next = orUnreadable(device, decoded, { leaf: 'tele', atMs: arrival.atMs }, (tele) =>
    withTele(device, tele, arrival),
  );
  const isNews =
    decoded.kind === 'ok' && !arrival.retained && !device.pastNonces.includes(decoded.value.bootNonce);
  return { device: next, tele: isNews ? decoded.value : null };
}

export function acceptHealth(device: DeviceLive, arrival: Arrival): DeviceLive {
  return orUnreadable(
    device,
    decodeHealth(arrival.payload),
    { leaf: 'health', atMs: arrival.atMs },
    (health) =>
      device.pastNonces.includes(health.bootNonce) || arrival.retained
        ? device
        : { ...heard(ofBoot(device, health.bootNonce), arrival.atMs), health },
  );
}

/** Readings without a boot nonce: form `iot2`, or the device's own serial line. */
export function acceptReadings(
  device: DeviceLive,
  found: Readings,
  arrival: Omit<Arrival, 'payload'>,
): DeviceLive {
  if (arrival.retained) return device;
  return {
    ...heard(device, arrival.atMs),
    readings: newest(device, found, arrival.atMs),
    rejected: found.rejected,
  };
}

/** Numbers found on a topic of any form; `isKept` values are shown, but are no sign of life. */
export function acceptFound(
  device: DeviceLive,
  found: Readings,
  arrival: Omit<Arrival, 'payload'>,
): DeviceLive {
  if (arrival.retained) {
    const fresh = Object.fromEntries(
      Object.entries(found.values)
        .filter(([name]) => !(device.readings[name] && !device.readings[name].isKept))
        .map(([name, value]) => [name, { value, atMs: arrival.atMs, isKept: true as const }]),
    );
    return { ...device, readings: { ...device.readings, ...fresh } };
  }
  const stepMs = device.lastTeleMs === null ? 0 : arrival.atMs - device.lastTeleMs;
  return {
    ...heard(device, arrival.atMs),
    readings: newest(device, found, arrival.atMs),
    lastTeleMs: arrival.atMs,
    lastStepMs: stepMs,
    intervalMs: Math.max(device.configuredIntervalMs, Math.min(stepMs, device.lastStepMs)),
  };
}

/** What a device's own availability topic says. */
export function acceptAvailability(
  device: DeviceLive,
  isAvailable: boolean,
  arrival: Omit<Arrival, 'payload'>,
): DeviceLive {
  if (!isAvailable) {
    return { ...device, presence: { kind: 'offline', sinceMs: arrival.retained ? null : arrival.atMs } };
  }
  if (!arrival.retained) return heard(device, arrival.atMs);
  return device.presence.kind === 'offline' ? { ...device, presence: { kind: 'unknown' } } : device;
}

/** Any other sign of life, for example a reply. */
export const heard = (device: DeviceLive, atMs: number): DeviceLive => ({
  ...device,
  lastHeardMs: atMs,
  presence: device.presence.kind === 'online' ? device.presence : { kind: 'online', sinceMs: atMs },
});

/** Time passed: the same object when nothing follows from it. */
export function afterSilence(device: DeviceLive, nowMs: number): DeviceLive {
  if (device.presence.kind !== 'online' || device.lastHeardMs === null) return device;
  if (nowMs - device.lastHeardMs <= silenceAfterMs(device.intervalMs)) return device;
  return { ...device, presence: { kind: 'quiet', lastHeardMs: device.lastHeardMs } };
}

export function asUnreadable(device: DeviceLive, leaf: string, reason: string, atMs: number): DeviceLive {
  return { ...device, unreadableCount: device.unreadableCount + 1, lastUnreadable: { leaf, reason, atMs } };
}

function orUnreadable<T>(
  device: DeviceLive,
  decoded: Decoded<T>,
  at: { readonly leaf: string; readonly atMs: number },
  reduce: (value: T) => DeviceLive,
): DeviceLive {
  if (decoded.kind === 'ok') return reduce(decoded.value);
  return asUnreadable(device, at.leaf, decoded.reason, at.atMs);
}

/** The device with this boot as its newest; what belonged to the boot before is gone. */
function ofBoot(device: DeviceLive, bootNonce: string): DeviceLive {
  if (device.bootNonce === bootNonce) return device;
  const past = device.bootNonce === null ? device.pastNonces : [device.bootNonce, ...device.pastNonces];
  return {
    ...device,
    bootNonce,
    pastNonces: past.slice(0, rememberedNonces),
    health: null,
    lastSequence: null,
    clockOffsetMs: null,
    status: device.status?.bootNonce === bootNonce ? device.status : null,
  };
}

function withOnline(device: DeviceLive, status: OnlineStatus, arrival: Arrival): DeviceLive {
  if (device.pastNonces.includes(status.bootNonce)) return device;
  const now = { ...ofBoot(device, status.bootNonce), status };
  // Kept by the broker: it is the newest status there is, but no sign of life.
  return arrival.retained && device.presence.kind === 'quiet' ? now : heard(now, arrival.atMs);
}

function withLastWill(device: DeviceLive, status: Status, arrival: Arrival): DeviceLive {
  if (device.bootNonce !== null && device.bootNonce !== status.bootNonce) return device;
  return {
    ...device,
    bootNonce: status.bootNonce,
    presence: { kind: 'offline', sinceMs: arrival.retained ? null : arrival.atMs },
  };
}

function withTele(device: DeviceLive, tele: Tele, arrival: Arrival): DeviceLive {
  if (arrival.retained || device.pastNonces.includes(tele.bootNonce)) return device;
  const now = ofBoot(device, tele.bootNonce);
  const steps = tele.sequence === null || now.lastSequence === null ? 0 : tele.sequence - now.lastSequence;
  const stepMs = steps === 1 && now.lastTeleMs !== null ? arrival.atMs - now.lastTeleMs : 0;
  return {
    ...heard(now, arrival.atMs),
    readings: newest(now, tele, arrival.atMs),
    rejected: tele.rejected,
    errorCode: tele.errorCode,
    lastSequence: tele.sequence,
    missedReadings: now.missedReadings + Math.max(0, steps - 1),
    lastTeleMs: arrival.atMs,
    lastStepMs: stepMs,
    intervalMs: Math.max(now.configuredIntervalMs, Math.min(stepMs, now.lastStepMs)),
    clockOffsetMs:
      tele.deviceTimeS === null ? now.clockOffsetMs : offsetFrom(tele.deviceTimeS, now, arrival.atMs),
  };
}

/**
 * `t` is when the reading was taken, in whole seconds: a delay on the way makes the device's clock look slow, nothing
 * makes it look fast. So the largest offset seen is the best, and one from a reply stays as long as it agrees.
 */
function offsetFrom(deviceTimeS: number, device: DeviceLive, atMs: number): number {
  const coarseMs = deviceTimeS * 1000 + 500 - atMs;
  const known = device.clockOffsetMs;
  if (known !== null && coarseMs <= known + sameClockMs) return known;
  return Math.abs(coarseMs) <= sameClockMs ? 0 : coarseMs;
}

function newest(device: DeviceLive, found: Readings, atMs: number): DeviceLive['readings'] {
  const fresh = Object.entries(found.values).map(([name, value]) => [name, { value, atMs }] as const);
  return { ...device.readings, ...Object.fromEntries(fresh) };
}
