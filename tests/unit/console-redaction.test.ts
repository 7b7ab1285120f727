import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redact, redactionMark } from '../../src/console/redaction.ts';
import { Transcript } from '../../src/console/transcript.ts';
import { toHex, utf8 } from '../../src/shared/bytes.ts';

const psk = 'cörrect horse';

describe('redaction', () => {
  it('takes a secret out in every spelling a device may print', () => {
    const line = [psk, 'c%c3%b6rrect%20horse', 'c%C3%B6rrect%20horse', toHex(utf8(psk))].join(' ');
    expect(redact(`wifi ${line} end`, [psk])).toBe(`wifi ${Array(4).fill(redactionMark).join(' ')} end`);
  });

  it('takes a secret out of JSON text although quotes and backslashes are escaped there', () => {
    const secret = 'a"b\\c"d\\e';
    expect(redact(JSON.stringify({ key: secret }), [secret])).toBe(`{"key":"${redactionMark}"}`);
  });

  it('takes key material out without being told of it', () => {
    expect(redact(`app ${'0a'.repeat(32)} *`, [])).toBe(`app ${redactionMark} *`);
    expect(redact('-----BEGIN EC PRIVATE KEY----- MHcCAQEE', [])).toBe(redactionMark);
    expect(redact('psk=hunter22 ok', [])).toBe(`psk=${redactionMark} ok`);
    expect(redact('gen=5f2c91aa n=9f2c0a7711e4b350', [])).toBe('gen=5f2c91aa n=9f2c0a7711e4b350');
  });

  it('leaves no trace of any secret anywhere in a line', () => {
    const secret = fc.string({ minLength: 8, maxLength: 63 }).filter((text) => !text.includes('•'));
    fc.assert(
      fc.property(secret, fc.string(), fc.string(), (text, before, after) => {
        expect(redact(before + text + after, [text])).not.toContain(text);
      }),
    );
  });

  it('is not defeated by a very short secret, which would blank everything', () => {
    expect(redact('a line with an a', ['a', ''])).toBe('a line with an a');
  });
});

describe('a transcript', () => {
  const add = (transcript: Transcript, text: string, atMs = 0): void => void transcript.add({ atMs, text });

  it('keeps the newest lines in order and says how many are gone', () => {
    const transcript = new Transcript({ maxLines: 3, secrets: [] });
    for (let i = 0; i < 10; i++) add(transcript, `line ${i}`);
    expect(transcript.lines().map((line) => [line.number, line.text])).toEqual([
      [7, 'line 7'],
      [8, 'line 8'],
      [9, 'line 9'],
    ]);
    expect(transcript.dropped).toBe(7);
    expect(transcript.toText()).toMatch(/^\(7 earlier lines are no longer kept\)\n/);
  });

  it('never holds a secret, not even one that was cut in two', () => {
    const transcript = new Transcript({ maxLines: 9, secrets: [psk] });
    transcript.add({ atMs: 0, text: `psk is ${psk.slice(0, 6)}`, isCut: true });
    add(transcript, `${psk.slice(6)} and on`);
    expect(transcript.toText()).not.toContain('cörr');
    expect(transcript.toText()).not.toContain('horse');
    expect(transcript.toText()).toContain('and on');
  });

  it('marks what was sent and when', () => {
    const transcript = new Transcript({ maxLines: 9, secrets: [] });
    transcript.add({ atMs: Date.UTC(2026, 0, 2), text: 'info', direction: 'out' });
    expect(transcript.toText()).toBe('2026-01-02T00:00:00.000Z > info\n');
  });
});

describe('a secret that becomes known later', () => {
  it('is taken out of the lines that were kept before, and of what comes', () => {
    const transcript = new Transcript({ maxLines: 10, secrets: ['first secret'] });
    transcript.add({ atMs: 0, text: 'ordinary' });
    transcript.add({ atMs: 0, text: `it is ${psk}, and first secret` });
    expect(transcript.hide(['first secret'])).toBe(false);
    expect(transcript.hide([psk])).toBe(true);
    transcript.add({ atMs: 0, text: `again ${psk}` });
    expect(transcript.lines().map(({ text }) => text)).toEqual([
      'ordinary',
      `it is ${redactionMark}, and ${redactionMark}`,
      `again ${redactionMark}`,
    ]);
    expect(transcript.redact(`first secret ${psk}`)).toBe(`${redactionMark} ${redactionMark}`);
  });
});
