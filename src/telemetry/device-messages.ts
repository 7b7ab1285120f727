/**
 * What a device says on `tele`, `status` and `health`, and in the form `iot2` (docs/contracts.md, "Topics"). Replies to
 * commands are signed and opened by contract/envelope.ts.
 */
import {
  decodeObject,
  listField,
  numberField,
  objectField,
  textField,
  unreadable,
  type Decoded,
  type JsonObject,
} from './json-payload.ts';
import { celsiusFromFahrenheit, readingsIn, type Readings } from './readings.ts';

export interface Tele extends Readings {
  /** 16 hex, fresh per boot. */
  readonly bootNonce: string;
  /** Counts from 0 since the boot. */
  readonly sequence: number | null;
  /** By the device's clock; null while it does not know the time. */
  readonly deviceTimeS: number | null;
  /** Code of docs/contracts.md, for example 801 when the sensor does not answer. */
  readonly errorCode: number | null;
}

export interface OnlineStatus {
  readonly online: true;
  readonly bootNonce: string;
  readonly firmware: string | null;
  readonly slot: 'a' | 'b' | null;
  readonly generation: string | null;
  readonly onTrial: boolean;
  readonly capabilities: readonly string[];
  readonly ip: string | null;
  readonly rssiDbm: number | null;
  readonly resetReason: string | null;
  /** End of the device certificate, Unix seconds. */
  readonly certificateUntilS: number | null;
}

export interface OfflineStatus {
  readonly online: false;
  readonly bootNonce: string;
}

export type Status = OnlineStatus | OfflineStatus;

export interface Health {
  readonly bootNonce: string;
  readonly uptimeS: number | null;
  readonly freeHeapBytes: number | null;
  readonly largestBlockBytes: number | null;
  readonly rssiDbm: number | null;
  readonly reconnects: number | null;
  readonly tlsHandshakeMs: number | null;
  readonly tlsError: number | null;
  readonly refusedSilently: number | null;
}

const counts = [0, Number.MAX_SAFE_INTEGER] as const;
const unixSeconds = [1, 1e11] as const;
const rssi = [-150, 20] as const;

const wholeNumber = (object: JsonObject, key: string, bounds: readonly [number, number]): number | null => {
  const value = numberField(object, key, bounds);
  return Number.isInteger(value) ? value : null;
};

/** The object and its boot nonce, when it is of this version of the contract. */
function decodeVersioned(payload: Uint8Array): Decoded<{ object: JsonObject; bootNonce: string }> {
  const decoded = decodeObject(payload);
  if (decoded.kind === 'unreadable') return decoded;
  if (decoded.value['v'] !== 1) return unreadable('its version "v" is not 1');
  const bootNonce = textField(decoded.value, 'n');
  if (!bootNonce || !/^[0-9a-f]{16}$/.test(bootNonce))
    return unreadable('its boot nonce "n" is not 16 hex digits');
  return { kind: 'ok', value: { object: decoded.value, bootNonce } };
}

export function decodeTele(payload: Uint8Array): Decoded<Tele> {
  const decoded = decodeVersioned(payload);
  if (decoded.kind === 'unreadable') return decoded;
  const { object, bootNonce } = decoded.value;
  return {
    kind: 'ok',
    value: {
      bootNonce,
      sequence: wholeNumber(object, 'q', counts),
      deviceTimeS: numberField(object, 't', unixSeconds),
      errorCode: wholeNumber(object, 'e', counts),
      ...readingsIn(object, ['v', 'n', 'q', 't', 'e']),
    },
  };
}

export function decodeStatus(payload: Uint8Array): Decoded<Status> {
  const decoded = decodeVersioned(payload);
  if (decoded.kind === 'unreadable') return decoded;
  const { object, bootNonce } = decoded.value;
  const state = textField(object, 'st');
  if (state === 'offline') return { kind: 'ok', value: { online: false, bootNonce } };
  if (state !== 'online') return unreadable('its state "st" is neither online nor offline');
  const slot = textField(object, 'slot');
  return {
    kind: 'ok',
    value: {
      online: true,
      bootNonce,
      firmware: textField(object, 'fw'),
      slot: slot === 'a' || slot === 'b' ? slot : null,
      generation: textField(object, 'gen'),
      onTrial: wholeNumber(object, 'trial', counts) === 1,
      capabilities: listField(object, 'caps')
        .filter((name) => typeof name === 'string')
        .slice(0, 16),
      ip: textField(object, 'ip'),
      rssiDbm: numberField(object, 'rssi', rssi),
      resetReason: textField(object, 'rst'),
      certificateUntilS: numberField(object, 'until', unixSeconds),
    },
  };
}

export function decodeHealth(payload: Uint8Array): Decoded<Health> {
  const decoded = decodeVersioned(payload);
  if (decoded.kind === 'unreadable') return decoded;
  const { object, bootNonce } = decoded.value;
  return {
    kind: 'ok',
    value: {
      bootNonce,
      uptimeS: numberField(object, 'up', counts),
      freeHeapBytes: numberField(object, 'heap', counts),
      largestBlockBytes: numberField(object, 'blk', counts),
      rssiDbm: numberField(object, 'rssi', rssi),
      reconnects: numberField(object, 'rc', counts),
      tlsHandshakeMs: numberField(object, 'tls_ms', counts),
      tlsError: numberField(object, 'tls_e', [-1e6, 1e6]),
      refusedSilently: numberField(object, 'bad', counts),
    },
  };
}

export const iot2EventTopic = 'iot-2/evt/status/fmt/json';

/** `unit` is what the device is configured to send; the page keeps °C. `temp` becomes temperature. */
export function decodeIot2(payload: Uint8Array, unit: 'C' | 'F'): Decoded<Readings> {
  const decoded = decodeObject(payload);
  if (decoded.kind === 'unreadable') return decoded;
  const data = objectField(decoded.value, 'd');
  if (!data) return unreadable('it has no object "d"');
  const named = Object.entries(data).map(([name, value]) => {
    if (name !== 'temp') return [name, value] as const;
    const isFahrenheit = unit === 'F' && typeof value === 'number';
    return ['temperature', isFahrenheit ? celsiusFromFahrenheit(value) : value] as const;
  });
  return { kind: 'ok', value: readingsIn(Object.fromEntries(named), []) };
}
