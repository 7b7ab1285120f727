/**
 * Every number inside a payload of whatever form: a bare number, or JSON with numbers anywhere in it. Bounded in depth and
 * count. Knows nothing of what the numbers mean.
 */
import { fromUtf8 } from '../../shared/bytes.ts';
import { decodeJson } from '../json-payload.ts';

export interface FoundNumber {
  /** Keys joined by dots, `sensors.0.temp`; empty when the payload is a bare number. */
  readonly path: string;
  readonly value: number;
}

export interface FoundNumbers {
  readonly numbers: readonly FoundNumber[];
  /** There were more than anybody wants series of, or some lay too deep. */
  readonly isCut: boolean;
}

const maxNumbers = 48;
const maxDepth = 8;
const maxListItems = 16;
const maxKeyLength = 40;
/** Beyond this no sensor's number is meant seriously, and charts lose their scale. */
const largestValue = 1e12;

/** Of JSON's builtins: as names of series they would only make trouble. */
const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype']);

/** Numbers that name or date something. */
const notMeasured =
  /^(?:_?(?:ts|time|timestamp|date|datetime|epoch|last_?seen|updated(?:_?at)?|created(?:_?at)?|id|_?v|ver|version|schema|seq|sequence|msg_?id|message_?id|nonce|device_?id|uid|serial|port|year|month|day))$/i;

const plainNumber = /^[+-]?(?:\d{1,18}(?:[.,]\d{0,18})?|\.\d{1,18})(?:[eE][+-]?\d{1,3})?$/;

/** A bare number, perhaps with its unit behind it: `21.5`, `21,5`, `21.5 °C`, `48%`. */
const numberWithUnit = /^([+-]?\d{1,18}(?:[.,]\d{1,18})?)\s?(?:°?[CF]|%|[a-zA-Zµ°/³²]{1,6})$/;

const believable = (value: number): boolean => Number.isFinite(value) && Math.abs(value) <= largestValue;

/** Null when nothing in it is a number. Never throws. */
export function numbersIn(payload: Uint8Array): FoundNumbers | null {
  const bare = bareNumber(payload);
  if (bare !== null) return { numbers: [{ path: '', value: bare }], isCut: false };
  const decoded = decodeJson(payload);
  if (decoded.kind === 'unreadable' || typeof decoded.value !== 'object' || decoded.value === null)
    return null;
  const walk = new Walk();
  walk.into(decoded.value, '', 0);
  return walk.numbers.length === 0 ? null : { numbers: walk.numbers, isCut: walk.isCut };
}

function bareNumber(payload: Uint8Array): number | null {
  if (payload.length === 0 || payload.length > 48) return null;
  try {
    return numberOf(fromUtf8(payload).trim());
  } catch {
    return null;
  }
}

/** Null for a text that is anything but a number. */
export function numberOf(text: string): number | null {
  const digits = plainNumber.test(text) ? text : numberWithUnit.exec(text)?.[1];
  if (digits === undefined) return null;
  const value = Number(digits.replace(',', '.'));
  return believable(value) ? value : null;
}

class Walk {
  readonly numbers: FoundNumber[] = [];
  isCut = false;

  into(value: object, path: string, depth: number): void {
    if (depth >= maxDepth) {
      this.isCut = true;
      return;
    }
    if (Array.isArray(value) && value.length > maxListItems) this.isCut = true;
    const entries = Array.isArray(value)
      ? value.slice(0, maxListItems).map((item, i) => [String(i), item] as const)
      : Object.entries(value);
    for (const [key, item] of entries) {
      if (this.numbers.length >= maxNumbers) {
        this.isCut = true;
        return;
      }
      this.#take(key, item, { path, depth });
    }
  }

  #take(key: string, item: unknown, at: { readonly path: string; readonly depth: number }): void {
    if (key === '' || key.length > maxKeyLength || forbiddenKeys.has(key) || notMeasured.test(key)) return;
    const path = at.path === '' ? tidy(key) : `${at.path}.${tidy(key)}`;
    if (typeof item === 'object' && item !== null) this.into(item, path, at.depth + 1);
    else {
      const value = typeof item === 'string' ? jsonText(item) : item;
      // Some call the temperature `t`, others the time.
      if (key === 't' && typeof value === 'number' && value > 1e6) return;
      if (typeof value === 'number' && believable(value)) this.numbers.push({ path, value });
    }
  }
}

/** Many gateways write numbers as texts; a text with words in it is none. */
const jsonText = (text: string): number | null => (text.length <= 24 ? numberOf(text.trim()) : null);

/** Control characters and dots would make a path ambiguous or unreadable. */
const tidy = (key: string): string => key.replace(/[\p{C}\s.[\]]+/gu, '_');
