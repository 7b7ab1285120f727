import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isLegalId } from '../../src/project/ids.ts';
import { namesFrom, nextName } from '../../src/workflows/device-names.ts';

describe('the name of the next device', () => {
  it.each([
    ['porch-1', 'porch-2'],
    ['porch-9', 'porch-10'],
    ['bed-07', 'bed-08'],
    ['bed-99', 'bed-100'],
    ['porch', 'porch-2'],
    ['Room 4', 'room-5'],
    ['7', '8'],
  ])('counts on from %s to %s', (after, next) => {
    expect(nextName(after, [])).toBe(next);
  });

  it('passes over what is taken and what the broker keeps for itself', () => {
    expect(nextName('porch-1', ['porch-2', 'porch-3'])).toBe('porch-4');
    expect(namesFrom('admin', 2, [])).toEqual(['admin-2', 'admin-3']);
  });

  it('gives thirty in a row, the first as it was typed', () => {
    const names = namesFrom('Bench 01', 30, ['bench-02']);
    expect(names).toHaveLength(30);
    expect([names[0], names[1], names[29]]).toEqual(['bench-01', 'bench-03', 'bench-31']);
  });

  it('gives none when nothing legal is left of the first', () => {
    expect(namesFrom('***', 5, [])).toEqual([]);
    expect(nextName('', [])).toBe('');
  });

  it('is legal and never given twice, whatever was typed', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 50 }), fc.integer({ min: 1, max: 40 }), (first, count) => {
        const names = namesFrom(first, count, ['porch-1']);
        expect(names.every(isLegalId)).toBe(true);
        expect(new Set(names).size).toBe(names.length);
        expect([0, count]).toContain(names.length);
      }),
      { numRuns: 2000 },
    );
  });
});
