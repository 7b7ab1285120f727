// What a person is told to check when a port does not open or is not listed.
import { describe, expect, it } from 'vitest';
import {
  busyPortChecks,
  desktopSystemOf,
  missingPortChecks,
  type DesktopSystem,
} from '../../src/ui/board/port-checks.ts';
import { handBoards, loaderSteps, pictureWords } from '../../src/ui/board/loader-steps.ts';

const systems: readonly DesktopSystem[] = ['Windows', 'macOS', 'Linux', 'ChromeOS', 'other'];
const ch340 = { vendorId: 0x1a86, productId: 0x7523 };
const cp2102 = { vendorId: 0x10c4, productId: 0xea60 };

describe('a port that does not open', () => {
  it('is first looked for in other programs, last unplugged, on every system', () => {
    for (const system of systems) {
      const checks = busyPortChecks(system, ch340);
      expect(checks[0]).toContain('Serial Monitor');
      expect(checks.at(-1)).toContain('Retry');
      expect(checks.length).toBeGreaterThan(2);
    }
  });

  it('on Linux names the group, and brltty only for the bridge that it takes', () => {
    expect(busyPortChecks('Linux', ch340).join('\n')).toMatch(/dialout[^]*brltty[^]*raw-usb/);
    expect(busyPortChecks('Linux', cp2102).join('\n')).not.toContain('brltty');
  });

  it('on Windows names the driver of the very bridge, and one in general where it is not known', () => {
    expect(busyPortChecks('Windows', cp2102).join('\n')).toContain("Silicon Labs' CP210x driver");
    expect(busyPortChecks('Windows', { vendorId: 1, productId: 2 }).join('\n')).toContain(
      'printed on the board',
    );
    expect(busyPortChecks('Windows', null).join('\n')).not.toContain('undefined');
  });
});

it('a port that is not listed is looked for in the cable first', () => {
  for (const system of systems) expect(missingPortChecks(system)[0]).toContain('power only');
});

it('a system that has no serial drivers of its own is another one', () => {
  expect(desktopSystemOf('Windows')).toBe('Windows');
  expect(desktopSystemOf('Android')).toBe('other');
});

it('every board that hands bring into the loader has steps that name GPIO0 or its button, and a picture in words', () => {
  for (const { value } of handBoards) {
    expect(loaderSteps[value].join(' ')).toMatch(/GPIO0|FLASH/);
    expect(pictureWords[value].length).toBeGreaterThan(20);
  }
});
