/** Small numbers as DER. */
import type { Bytes } from '../../shared/bytes.ts';
import { unsignedInteger } from '../der.ts';

/** INTEGER of a whole number below 2^32. */
export const count = (value: number): Bytes =>
  unsignedInteger(Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value));
