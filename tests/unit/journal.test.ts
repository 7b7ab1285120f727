// The journal's chain: what was changed, taken out, put in or moved shows; what was cut off shows against an older copy.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chained, chainStart, checkChain, continues } from '../../src/journal/chain.ts';
import { readJournalFile, writeJournalFile } from '../../src/journal/journal-file.ts';
import type { ChainedEntry, JournalEntry } from '../../src/project/entities.ts';
import { utf8 } from '../../src/shared/bytes.ts';
import { backupStanding } from '../../src/workflows/backup/backup-standing.ts';
import { checkCopy } from '../../src/workflows/check-journal.ts';

const entry = (what: string, atMs = 1): JournalEntry => ({ atMs, deviceId: null, what, details: {} });
const someEntries = fc.array(
  fc.record({
    atMs: fc.integer(),
    deviceId: fc.option(fc.string()),
    what: fc.string(),
    details: fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer())),
  }),
  { minLength: 2, maxLength: 8 },
);

describe('the chain', () => {
  it('is what docs/contracts.md says, by an independent hash', () => {
    const given: JournalEntry = {
      atMs: 7,
      deviceId: 'porch-1',
      what: 'board written',
      details: { z: 1, a: 'b' },
    };
    const text = '[7,"porch-1","board written",[["a","b"],["z",1]]]';
    const expected = createHash('sha256').update(Buffer.alloc(32)).update(text).digest('hex');
    expect(chained([given])[0]?.hash).toBe(expected);
  });

  it('is whole whatever the entries, and however they came one after another', () =>
    fc.assert(
      fc.property(someEntries, fc.nat(8), (entries, at) => {
        const first = chained(entries.slice(0, at));
        const whole = [...first, ...chained(entries.slice(at), first.at(-1)?.hash)];
        expect(checkChain(whole)).toEqual({ kind: 'whole', count: whole.length, head: whole.at(-1)?.hash });
        expect(whole).toEqual(chained(entries));
      }),
    ));

  it('shows where an entry was changed, taken out, doubled or swapped', () =>
    fc.assert(
      fc.property(someEntries, fc.nat(7), (entries, at) => {
        const whole = chained(entries.map((given, i) => ({ ...given, atMs: i })));
        const index = at % (whole.length - 1);
        const changed = whole.map((given, i) => (i === index ? { ...given, atMs: given.atMs + 100 } : given));
        expect(checkChain(changed)).toEqual({ kind: 'broken', index });
        expect(checkChain(whole.toSpliced(index, 1))).toEqual({ kind: 'broken', index });
        expect(checkChain([...whole.slice(0, index + 1), ...whole.slice(index)]).kind).toBe('broken');
      }),
    ));

  it('of nothing is whole and begins where every chain does', () => {
    expect(checkChain([])).toEqual({ kind: 'whole', count: 0, head: chainStart });
    expect(continues(chained([entry('a')]), { count: 0, head: chainStart })).toBe(true);
  });
});

describe('an older copy of the journal', () => {
  const today = { project: 'porch', entries: chained(['a', 'b', 'c'].map((what) => entry(what))) };
  const copyOf = (entries: readonly ChainedEntry[], project = 'porch') =>
    writeJournalFile({ project, entries });

  it('stands in the journal of today', () => {
    expect(checkCopy(copyOf(today.entries.slice(0, 2)), today)).toEqual({
      kind: 'same-line',
      count: 2,
      since: 1,
    });
  });

  it('shows what was cut off since, and a journal that was written anew', () => {
    const later = chained(['a', 'b', 'c', 'd'].map((what) => entry(what)));
    expect(checkCopy(copyOf(later), today)).toEqual({ kind: 'forked', count: 4 });
    const anew = chained(['a', 'x', 'c', 'd'].map((what) => entry(what)));
    expect(checkCopy(copyOf(today.entries), { project: 'porch', entries: anew }).kind).toBe('forked');
  });

  it('of another project, or changed itself, is told apart', () => {
    expect(checkCopy(copyOf(today.entries, 'barn'), today)).toEqual({
      kind: 'other-project',
      project: 'barn',
    });
    const changed = today.entries.map((given) => ({ ...given, what: 'z' }));
    expect(checkCopy(copyOf(changed), today)).toEqual({ kind: 'copy-broken', index: 0 });
  });

  it('cut anywhere is an error that says so', () => {
    const whole = copyOf(today.entries);
    for (let length = 0; length < whole.length - 1; length++)
      expect(() => readJournalFile(whole.slice(0, length)), `${length} bytes`).toThrow(
        /no journal of Signet/,
      );
    expect(() => readJournalFile(utf8('null'))).toThrow(/no journal of Signet/);
    expect(readJournalFile(whole)).toEqual(today);
  });
});

describe('the reminder', () => {
  it('counts what was made since the last backup, not what passes', () => {
    const journal = ['project created', 'backup made', 'board written', 'device added', 'backup restored'];
    const standing = backupStanding(journal.map((what, i) => entry(what, i)));
    expect(standing.lastMs).toBe(1);
    expect(standing.since.map(({ what }) => what)).toEqual(['device added']);
    expect(backupStanding([entry('project created')]).lastMs).toBeNull();
  });
});
