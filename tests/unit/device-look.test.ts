import { describe, expect, it } from 'vitest';
import type { Device } from '../../src/project/entities.ts';
import type { DeviceLive } from '../../src/telemetry/device-live.ts';
import { deviceLook, matchesSearch } from '../../src/ui/devices/device-look.ts';
import { usualSettings } from '../../src/workflows/make-device.ts';

const relay = { pin: 5, activeLow: false, pulseMs: 500 };
const device = (id: string, hasRelay = false): Device =>
  ({
    id,
    credentialState: 'written',
    settings: { ...usualSettings('dht22'), relay: hasRelay ? relay : null },
  }) as Device;
const heard = (presence: DeviceLive['presence']): DeviceLive => ({ presence, readings: {} }) as DeviceLive;

describe('a device in the list', () => {
  it('shows what it says now before what is known of its credentials', () => {
    expect(deviceLook(device('a'), null, 0)).toMatchObject({
      kind: 'written',
      word: 'Written, not yet seen',
    });
    expect(deviceLook(device('a'), heard({ kind: 'unknown' }), 0).kind).toBe('written');
    expect(deviceLook(device('a'), heard({ kind: 'online', sinceMs: 0 }), 0)).toEqual({
      kind: 'online',
      tone: 'ok',
      word: 'Online',
    });
    expect(deviceLook(device('a'), heard({ kind: 'offline', sinceMs: null }), 0).kind).toBe('offline');
  });

  it('is found by any part of its id, by sensor and by relay, all words together', () => {
    const door = device('door-12', true);
    for (const search of ['', '  ', 'DOOR', '12 door', 'relay dht22', '-1'])
      expect(matchesSearch(door, search), search).toBe(true);
    for (const search of ['door-2', 'dht11', 'door window'])
      expect(matchesSearch(door, search), search).toBe(false);
    expect(matchesSearch(device('door-1'), 'relay')).toBe(false);
  });
});
