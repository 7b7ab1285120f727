/** What a series and its device are called: as the live session heard it declared, else as their names say. */
import { quantityLook, type QuantityLook } from '../../telemetry/quantity-looks.ts';
import { live } from '../state/live.svelte.ts';

export const lookOf = (deviceId: string, quantity: string): QuantityLook =>
  live().session?.look(deviceId, quantity) ?? quantityLook(quantity);

/** Devices that were found by what they send have an id that begins with "~". */
export const deviceName = (deviceId: string): string =>
  live().session?.nameOf(deviceId) ?? deviceId.replace(/^~/, '');
