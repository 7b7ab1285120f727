/** Numbers a device measured: which fields of a payload are readings, and which of them can be believed. */
import type { JsonObject } from './json-payload.ts';

/** Quantity name to value, for example temperature in °C and humidity in % relative. */
export type Values = Readonly<Record<string, number>>;

export interface RejectedField {
  readonly field: string;
  /** Completes "left out: …". */
  readonly reason: string;
}

export interface Readings {
  readonly values: Values;
  /** Fields that should have been readings; the good ones beside them are kept. */
  readonly rejected: readonly RejectedField[];
}

const bounds: Readonly<Record<string, readonly [number, number]>> = {
  temperature: [-100, 200],
  humidity: [0, 100],
};

/** Beyond this no sensor's number is meant seriously, and charts lose their scale. */
export const largestValue = 1e12;

/** A device may send more fields than anybody wants series of. */
const maxQuantities = 32;

const quantityName = /^[A-Za-z][A-Za-z0-9_.-]{0,31}$/;

/** All fields but `notReadings`. */
export function readingsIn(object: JsonObject, notReadings: readonly string[]): Readings {
  const values: Record<string, number> = Object.create(null) as Record<string, number>;
  const rejected: RejectedField[] = [];
  for (const [field, value] of Object.entries(object)) {
    if (notReadings.includes(field)) continue;
    const reason = whyNot(field, value);
    if (reason === null && Object.keys(values).length < maxQuantities) values[field] = value as number;
    else if (rejected.length < maxQuantities) {
      rejected.push({ field: field.slice(0, 32), reason: reason ?? 'there are too many readings' });
    }
  }
  return { values, rejected };
}

function whyNot(field: string, value: unknown): string | null {
  if (!quantityName.test(field)) return 'its name cannot be used';
  if (typeof value !== 'number') return 'it is not a number';
  const [min, max] = (Object.hasOwn(bounds, field) ? bounds[field] : undefined) ?? [
    -largestValue,
    largestValue,
  ];
  return value >= min && value <= max ? null : `${value} is not within ${min} … ${max}`;
}

export const celsiusFromFahrenheit = (degrees: number): number => ((degrees - 32) * 5) / 9;
