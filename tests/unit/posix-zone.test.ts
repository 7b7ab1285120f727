/** The virtual board's reading of a POSIX zone against the time zone data of the JavaScript engine. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { parsePosixZone } from '../../src/virtual-board/firmware/posix-zone.ts';

/** Zones whose rules have not changed since 2008, as the tz database writes them. */
const zones = [
  ['America/New_York', 'EST5EDT,M3.2.0,M11.1.0'],
  ['Europe/Berlin', 'CET-1CEST,M3.5.0,M10.5.0/3'],
  ['Europe/London', 'GMT0BST,M3.5.0/1,M10.5.0'],
  ['Australia/Sydney', 'AEST-10AEDT,M10.1.0,M4.1.0/3'],
  ['Australia/Lord_Howe', '<+1030>-10:30<+11>-11,M10.1.0,M4.1.0'],
  ['Asia/Kathmandu', '<+0545>-5:45'],
  ['America/Phoenix', 'MST7'],
  ['America/St_Johns', 'NST3:30NDT,M3.2.0,M11.1.0'],
] as const;

const formats = new Map<string, Intl.DateTimeFormat>(
  zones.map(([timeZone]) => [
    timeZone,
    new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' }),
  ]),
);

function offsetOf(zone: string, unixS: number): number {
  const parts = formats.get(zone)?.formatToParts(unixS * 1000) ?? [];
  const text = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const [, sign, hours = '0', minutes = '0'] = /GMT([+-])(\d\d):(\d\d)/.exec(text) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60);
}

describe('a POSIX time zone', () => {
  for (const [name, text] of zones) {
    it(`${text} is ${name} at any moment of these decades`, () => {
      const zone = parsePosixZone(text);
      const moment = fc.integer({ min: Date.UTC(2012, 0) / 1000, max: Date.UTC(2037, 0) / 1000 });
      fc.assert(fc.property(moment, (unixS) => zone(unixS) === offsetOf(name, unixS)));
    });

    it(`${text} changes at the very second of ${name}`, () => {
      const zone = parsePosixZone(text);
      for (let hour = Date.UTC(2026, 0) / 1000; hour < Date.UTC(2028, 0) / 1000; hour += 3600) {
        if (offsetOf(name, hour) === offsetOf(name, hour - 3600)) continue;
        for (const unixS of [hour - 1, hour, hour + 1]) expect(zone(unixS)).toBe(offsetOf(name, unixS));
      }
    });
  }
});

test('what is no zone is UTC, whatever the text', () => {
  for (const text of [
    '',
    'UTC0',
    'Europe/Berlin',
    'CET',
    'CET-1CEST',
    'CET-1CEST,M3.5.0',
    'CET-1CEST,J60,J300',
    '5',
  ])
    expect(parsePosixZone(text)(1_790_000_000)).toBe(0);
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 0, max: 4e9 }), (text, unixS) => {
      expect(Number.isFinite(parsePosixZone(text)(unixS))).toBe(true);
    }),
  );
});
