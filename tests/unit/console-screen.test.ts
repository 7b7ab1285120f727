// What the console's screen stands on: lines explained, blocks that are drawn, words, and what mends a failure.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mendingOf, mendings } from '../../src/commissioning/mending.ts';
import { explainLines } from '../../src/console/explained-lines.ts';
import { lineParts } from '../../src/console/line-parts.ts';
import { SentHistory } from '../../src/console/sent-history.ts';
import { GrowingSearch, searchTranscript } from '../../src/console/transcript-search.ts';
import { Transcript } from '../../src/console/transcript.ts';
import { codeTexts } from '../../src/contract/codes.ts';
import { blockLines, blocksOf, windowOf } from '../../src/ui/console/line-blocks.ts';
import { connectionLook } from '../../src/ui/console/reconnect-words.ts';

const transcriptOf = (...texts: string[]): Transcript => {
  const transcript = new Transcript({ maxLines: 1_000, secrets: [] });
  for (const text of texts) transcript.add({ atMs: 0, text });
  return transcript;
};

describe('what mends a failure', () => {
  it.each(Object.keys(codeTexts).map(Number))(
    'code %i has a button, or a reason why there is none',
    (code) => {
      const mending = mendingOf(code);
      if ('nothing' in mending) expect(mending.nothing).toMatch(/^\S.{10,}[^.]$/);
      else expect(mending.actions.length).toBeGreaterThan(0);
    },
  );

  it('knows every code once, and says so of one that it does not know', () => {
    expect(Object.keys(mendings)).toEqual(Object.keys(codeTexts));
    expect(mendingOf(499)).toEqual({ nothing: expect.stringContaining('does not know') as string });
    expect(mendingOf(null)).toEqual(mendingOf(499));
  });

  it('goes where the cause is', () => {
    expect(mendingOf(202)).toEqual({ actions: ['edit-wifi'] });
    expect(mendingOf(103)).toEqual({ actions: ['settings'] });
    expect(mendingOf(105)).toEqual({ actions: ['write'] });
    expect(mendingOf(301)).toEqual({ actions: ['restart'] });
  });
});

describe('explained lines', () => {
  it('say a thing once for many lines of a kind, and nothing of what was sent', () => {
    const garbled = '\ufffd~?\ufffd4!\ufffds\ufffdd\ufffd';
    const transcript = transcriptOf('hello', garbled, garbled, 'hello', garbled);
    transcript.add({ atMs: 0, text: 'csum err', direction: 'out' });
    const found = explainLines(transcript, transcript.lines());
    expect(found.map(({ explanation }) => explanation !== null)).toEqual([
      false,
      true,
      false,
      false,
      true,
      false,
    ]);
    const [rest] = explainLines(transcript, transcript.from(2), transcript.from(1)[0]);
    expect(rest?.explanation).toBeNull();
  });

  it('hold a crash on its last line, however the lines came', () => {
    const crash = ['Exception (28):', '>>>stack>>>', '3fffff70:  40202f10 40202f10 ', '<<<stack<<<'];
    const transcript = transcriptOf('setup', ...crash, 'loop');
    const oneByOne = transcript.lines().flatMap((line) => explainLines(transcript, [line]));
    for (const found of [explainLines(transcript, transcript.lines()), oneByOne]) {
      expect(found.map((line) => line.crash?.codeAddresses ?? null)).toEqual([
        null,
        null,
        null,
        null,
        [0x40202f10],
        null,
      ]);
    }
  });
});

describe('a transcript', () => {
  it('gives the lines from a number on, as far as they are still there', () => {
    const transcript = new Transcript({ maxLines: 3, secrets: [] });
    for (const text of ['0', '1', '2', '3', '4']) transcript.add({ atMs: 0, text });
    const texts = (number: number, most?: number): string[] =>
      transcript.from(number, most).map(({ text }) => text);
    expect(texts(0)).toEqual(['2', '3', '4']);
    expect(texts(3)).toEqual(['3', '4']);
    expect(texts(3, 1)).toEqual(['3']);
    expect(texts(5)).toEqual([]);
  });

  it('that was cleared misses nothing, and uses no number twice', () => {
    const transcript = transcriptOf('a', 'b');
    transcript.clear();
    expect([transcript.dropped, transcript.size, transcript.nextNumber]).toEqual([0, 0, 2]);
    expect(transcript.add({ atMs: 0, text: 'c' }).number).toBe(2);
    expect(transcript.from(0).map(({ text }) => text)).toEqual(['c']);
    expect(transcript.toText()).not.toContain('earlier lines');
  });
});

describe('the parts of a line', () => {
  it('are its text, with what was found marked', () => {
    const found = fc.constantFrom('a', 'ab', 'B', 'é', '.');
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'b', 'é', '.', ' ') }), found, (text, query) => {
        const [match] = searchTranscript(transcriptOf(text).lines(), query);
        const parts = lineParts(text, match?.ranges ?? []);
        expect(parts.map((part) => part.text).join('')).toBe(text);
        for (const part of parts.filter(({ isMatch }) => isMatch))
          expect(part.text.toLowerCase()).toBe(query.toLowerCase());
      }),
    );
  });
});

describe('a search in lines that go on', () => {
  it('finds what a search in all of them finds, whatever came, went and was looked at in between', () => {
    const word = fc.constantFrom('ab', 'b', 'cab', 'none', 'ABBA');
    const steps = fc.array(fc.tuple(fc.array(word, { maxLength: 8 }), fc.integer({ min: 1, max: 5 })));
    fc.assert(
      fc.property(steps, fc.boolean(), (run, matchCase) => {
        const transcript = new Transcript({ maxLines: 10, secrets: [] });
        const search = new GrowingSearch('ab', { matchCase });
        for (const [texts, most] of run) {
          for (const text of texts) transcript.add({ atMs: 0, text });
          search.look(transcript.lines(), most);
        }
        while (!search.look(transcript.lines(), 3));
        expect(search.matches).toEqual(searchTranscript(transcript.lines(), 'ab', { matchCase }));
      }),
    );
  });

  it('begins anew where every line was taken away', () => {
    const search = new GrowingSearch('b', { matchCase: true });
    search.look(transcriptOf('ab', 'b').lines(), 10);
    search.look([], 10);
    expect(search.matches).toEqual([]);
    expect(search.look(transcriptOf('b').lines(), 10)).toBe(true);
    expect(search.matches.map(({ number }) => number)).toEqual([0]);
  });
});

describe('the lines that were sent', () => {
  it('come back one by one and end at an empty line', () => {
    const history = new SentHistory();
    expect([history.back(), history.forward()]).toEqual([null, null]);
    for (const text of ['info', 'wifi', 'wifi']) history.add(text);
    expect([history.back(), history.back(), history.back()]).toEqual(['wifi', 'info', null]);
    expect([history.forward(), history.forward(), history.forward()]).toEqual(['wifi', '', null]);
  });
});

describe('the blocks that are drawn', () => {
  const heights = fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 40 });

  it('cover every line once, under numbers that stay when the oldest lines go', () => {
    fc.assert(
      fc.property(fc.nat(500), fc.integer({ min: 1, max: 400 }), (first, count) => {
        const blocks = blocksOf(first, count);
        expect(blocks[0]?.start).toBe(0);
        expect(blocks.at(-1)?.end).toBe(count);
        blocks.forEach(({ index, start, end }, i) => {
          if (i > 0) expect(start).toBe(blocks[i - 1]?.end);
          expect(Math.floor((first + start) / blockLines)).toBe(index);
          expect(Math.floor((first + end - 1) / blockLines)).toBe(index);
        });
      }),
    );
    expect(blocksOf(7, 0)).toEqual([]);
  });

  it('hold all that is seen, and together with what is left out are as high as all', () => {
    fc.assert(
      fc.property(heights, fc.nat(20_000), fc.boolean(), (known, topPx, atEnd) => {
        const total = known.reduce((sum, height) => sum + height, 0);
        const blocks = blocksOf(0, known.length * blockLines);
        const shown = windowOf(blocks, (index) => known[index], { topPx, heightPx: 300, atEnd });
        const drawnPx = shown.blocks.reduce((sum, { index }) => sum + (known[index] ?? 0), 0);
        expect(shown.abovePx + drawnPx + shown.belowPx).toBe(total);
        const seenFrom = atEnd ? Math.max(0, total - 300) : topPx;
        expect(shown.abovePx).toBeLessThanOrEqual(Math.max(0, seenFrom));
        if (atEnd) expect(shown.blocks.at(-1)?.index).toBe(known.length - 1);
        else if (topPx + 300 < total) expect(total - shown.belowPx).toBeGreaterThanOrEqual(topPx + 300);
      }),
    );
  });
});

describe('the connection in words', () => {
  it.each([
    [null, 'Not listening'],
    [{ kind: 'following', sinceMs: 0, attempts: 0 }, 'Listening'],
    [{ kind: 'opening', attempt: 2 }, 'Opening the port, 2 of 30'],
    [{ kind: 'waiting', attempt: 1, untilMs: 3_900, code: 'serial.gone' }, 'Unplugged. Trying again in 3 s'],
    [
      { kind: 'waiting', attempt: 1, untilMs: 1_001, code: 'serial.failed' },
      'The line was lost. Trying again in 1 s',
    ],
    [{ kind: 'gave-up', attempts: 30, code: 'serial.gone' }, 'Not connected: 30 attempts failed'],
  ] as const)('%j', (state, word) => {
    expect(connectionLook(state, 1_000).word).toBe(word);
  });
});
