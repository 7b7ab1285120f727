/** A device's state in a list: one word, its tone, and the kind it is filtered by. */
import type { CredentialState, Device } from '../../project/entities.ts';
import type { DeviceLive } from '../../telemetry/device-live.ts';
import type { Tone } from '../primitives/tone.ts';
import { presenceLook } from '../live/presence-look.ts';

export type DeviceKind = CredentialState | 'online' | 'quiet' | 'offline';

export interface DeviceLook {
  readonly kind: DeviceKind;
  readonly tone: Tone;
  readonly word: string;
}

const credentials: Record<CredentialState, DeviceLook> = {
  made: { kind: 'made', tone: 'muted', word: 'Never flashed' },
  written: { kind: 'written', tone: 'info', word: 'Written, not yet seen' },
  'in-use': { kind: 'in-use', tone: 'ok', word: 'In use' },
};

/** What it says now counts more than what is known of its credentials. */
export function deviceLook(device: Device, known: DeviceLive | null, nowMs: number): DeviceLook {
  if (!known || known.presence.kind === 'unknown') return credentials[device.credentialState];
  return { kind: known.presence.kind, ...presenceLook(known.presence, nowMs) };
}

/** In the order they are offered; what no device is in is left out by the list. */
export const kindNames: readonly { readonly kind: DeviceKind; readonly text: string }[] = [
  { kind: 'made', text: 'Never flashed' },
  { kind: 'written', text: 'Written, not yet seen' },
  { kind: 'in-use', text: 'In use' },
  { kind: 'online', text: 'Online' },
  { kind: 'quiet', text: 'Quiet' },
  { kind: 'offline', text: 'Offline' },
];

/** Every word of the search is in the device's id or sensor. */
export function matchesSearch({ id, settings }: Device, search: string): boolean {
  const text = `${id} ${settings.sensor.type} ${settings.relay ? 'relay' : ''}`;
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
