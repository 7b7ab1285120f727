import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explainLine } from '../../src/console/chip-texts.ts';
import { isGarbled, maxLineLength, SerialLines } from '../../src/console/serial-lines.ts';
import { utf8 } from '../../src/shared/bytes.ts';

const texts = (lines: SerialLines, ...chunks: (string | Uint8Array)[]): string[] =>
  chunks
    .flatMap((chunk) => lines.push(typeof chunk === 'string' ? utf8(chunk) : chunk))
    .concat(lines.end())
    .map((line) => line.text);

describe('lines of a serial port', () => {
  it('come out once whatever their ends are', () => {
    expect(texts(new SerialLines(), 'one\r\ntwo\nthree\rfour')).toEqual(['one', 'two', 'three', 'four']);
  });

  it('do not gain an empty line when a line end arrives in two pieces', () => {
    expect(texts(new SerialLines(), 'one\r', '\ntwo\r', '\n\n')).toEqual(['one', 'two', '']);
  });

  it('are the same however the bytes are divided', () => {
    const line = fc
      .string({ unit: 'grapheme', maxLength: 40 })
      .map((text) => text.replace(/\p{C}|\s/gu, '_'));
    fc.assert(
      fc.property(
        fc.array(line),
        fc.array(fc.nat(200)),
        fc.constantFrom('\r\n', '\n', '\r'),
        (wanted, cuts, end) => {
          const bytes = utf8(wanted.map((text) => text + end).join(''));
          const edges = [
            0,
            ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b),
            bytes.length,
          ];
          const lines = new SerialLines();
          const chunks = edges.slice(1).map((edge, i) => bytes.subarray(edges[i], edge));
          expect(texts(lines, ...chunks)).toEqual(wanted);
        },
      ),
    );
  });

  it('never exceed the limit, and nothing is lost in the cut', () => {
    const lines = new SerialLines();
    const got = lines.push(utf8('x'.repeat(maxLineLength * 3 + 7) + '\n'));
    expect(got.map((line) => [line.text.length, line.isCut])).toEqual([
      [maxLineLength, true],
      [maxLineLength, true],
      [maxLineLength, true],
      [7, false],
    ]);
  });

  it('survive any bytes: no exception, no control characters', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), (chunks) => {
        for (const text of texts(new SerialLines(), ...chunks)) {
          expect(text).not.toMatch(/[\u0000-\u0008\u000a-\u001f\u007f]/);
          expect(text.length).toBeLessThanOrEqual(maxLineLength);
        }
      }),
    );
  });

  it('lose their colours but not their text', () => {
    expect(texts(new SerialLines(), '\u001b[1;32mok\u001b[0m\n')).toEqual(['ok']);
  });

  it('are called garbled at a wrong baud rate, and not when they are in another script', () => {
    const noise = Uint8Array.from({ length: 40 }, (_, i) => ((i * 97 + 131) & 0xff) | 0x80);
    expect(isGarbled(texts(new SerialLines(), noise)[0] ?? '')).toBe(true);
    expect(isGarbled('温度は 21.5 度、湿度は 40 %')).toBe(false);
    expect(isGarbled('Grüße aus Köln, 21,5 °C')).toBe(false);
  });
});

describe('the texts of the chip', () => {
  const causes: [string, string, RegExp][] = [
    [' ets Jan  8 2013,rst cause:1, boot mode:(3,6)', 'info', /from its flash, after power-on/],
    [' ets Jan  8 2013,rst cause:2, boot mode:(3,0)', 'info', /the reset pin/],
    [' ets Jan  8 2013,rst cause:4, boot mode:(3,7)', 'warn', /hardware watchdog/],
    [' ets Jan  8 2013,rst cause:2, boot mode:(1,7)', 'warn', /download mode/],
    [' ets Jan  8 2013,rst cause:1, boot mode:(7,7)', 'bad', /GPIO15/],
    ['csum err', 'bad', /damaged/],
    ['ets_main.c 181', 'bad', /no program/],
    ['Fatal exception 28(LoadProhibitedCause):', 'bad', /exception 28.*null pointer/],
    ['Exception (29):', 'bad', /writing to an address/],
    ['Soft WDT reset', 'bad', /watchdog/],
    ['\ufffd~?\ufffd4!\ufffds\ufffdd\ufffd', 'warn', /baud/],
  ];

  it.each(causes)('%s is explained', (line, level, cause) => {
    const explanation = explainLine(line);
    expect(explanation?.level).toBe(level);
    expect(explanation?.cause).toMatch(cause);
    if (level !== 'info') expect(explanation?.remedy).toBeTruthy();
  });

  it('leave ordinary lines alone', () => {
    for (const line of ['', 'Connecting to Wi-Fi "porch"', 'temperature 21.5', '@sg1 61 boot ok n=9f*1234']) {
      expect(explainLine(line)).toBeNull();
    }
  });
});
