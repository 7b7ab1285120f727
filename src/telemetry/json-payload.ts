/**
 * JSON out of an untrusted payload: whatever arrives becomes a value or an honest "unreadable" with its reason, never an
 * exception. Knows nothing of what the fields mean.
 */
import { fromUtf8 } from '../shared/bytes.ts';

export type Decoded<T> =
  | { readonly kind: 'ok'; readonly value: T }
  /** `reason` completes "unreadable: …". */
  | { readonly kind: 'unreadable'; readonly reason: string };

export const unreadable = (reason: string): { kind: 'unreadable'; reason: string } => ({
  kind: 'unreadable',
  reason,
});

/** Devices send at most 1,024 bytes; others are given some room. */
export const maxPayloadBytes = 65_536;
export const maxDepth = 16;

export type JsonObject = Readonly<Record<string, unknown>>;

export function decodeObject(payload: Uint8Array): Decoded<JsonObject> {
  const decoded = decodeJson(payload);
  if (decoded.kind === 'unreadable') return decoded;
  const { value } = decoded;
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? { kind: 'ok', value: value as JsonObject } : unreadable('it is not a JSON object');
}

export function decodeJson(payload: Uint8Array): Decoded<unknown> {
  if (payload.length === 0) return unreadable('it is empty');
  if (payload.length > maxPayloadBytes) return unreadable(`it is ${payload.length} bytes long`);
  let text: string;
  try {
    text = fromUtf8(payload);
  } catch {
    return unreadable('it is not UTF-8 text');
  }
  if (isDeeperThan(text, maxDepth)) return unreadable(`it is nested more than ${maxDepth} deep`);
  try {
    return { kind: 'ok', value: JSON.parse(text) };
  } catch {
    return unreadable('it is not JSON');
  }
}

/** Before parsing: a parser may run out of stack on what this counts in one pass. */
function isDeeperThan(text: string, limit: number): boolean {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (inString) {
      if (char === 0x5c) i += 1;
      else if (char === 0x22) inString = false;
    } else if (char === 0x22) inString = true;
    else if (char === 0x7b || char === 0x5b) {
      depth += 1;
      if (depth > limit) return true;
    } else if (char === 0x7d || char === 0x5d) depth -= 1;
  }
  return false;
}

const own = (object: JsonObject, key: string): unknown =>
  Object.hasOwn(object, key) ? object[key] : undefined;

/** Null when it is missing, of another type, or longer than 256 characters. */
export function textField(object: JsonObject, key: string): string | null {
  const value = own(object, key);
  return typeof value === 'string' && value.length <= 256 ? value : null;
}

/** Null when it is missing, no number, or not within the bounds. */
export function numberField(
  object: JsonObject,
  key: string,
  [min, max]: readonly [number, number],
): number | null {
  const value = own(object, key);
  return typeof value === 'number' && value >= min && value <= max ? value : null;
}

export function listField(object: JsonObject, key: string): readonly unknown[] {
  const value = own(object, key);
  return Array.isArray(value) ? value : [];
}

export function objectField(object: JsonObject, key: string): JsonObject | null {
  const value = own(object, key);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
}
