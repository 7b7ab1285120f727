// Devices from a table: every good row is kept, every bad one says why; and text tables as spreadsheets write them.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvLine, parseCsv } from '../../src/shared/csv.ts';
import { readDeviceTable, sampleTable } from '../../src/workflows/fleet/device-table.ts';

const none: ReadonlySet<string> = new Set();
const problemsOf = (text: string, taken = none): (readonly string[])[] =>
  readDeviceTable(text, taken).map(({ problems }) => problems);

describe('text tables', () => {
  it('come back equal from what is written, quotes, line ends and separators among the fields', () =>
    fc.assert(
      fc.property(
        fc.array(
          fc.array(fc.string({ unit: fc.constantFrom('a', '"', ',', ';', '\n', '\r', ' ', 'ü', '-') }), {
            minLength: 2,
            maxLength: 4,
          }),
          { minLength: 1, maxLength: 6 },
        ),
        (rows) => {
          const head = ['a,b', 'c,d'];
          const written = [head, ...rows].map(csvLine).join('');
          const read = parseCsv(written).map(({ fields }) => fields);
          // Unquoted edges are trimmed; a leading "-" is kept from being a formula.
          const expected = rows.map((row) => row.map(asRead));
          expect(read).toEqual([head, ...expected]);
        },
      ),
    ));

  const asRead = (field: string): string => {
    const harmless = /^[=+\-@\t\r]/.test(field) ? `'${field}` : field;
    return /[",;\r\n]/.test(harmless) ? harmless : harmless.trim();
  };

  it('may have semicolons, tabs, a byte order mark, empty lines and no last line end', () => {
    for (const text of ['\uFEFFid;notes\r\n\r\na;b', 'id\tnotes\na\tb\n', 'id,notes\na,b'])
      expect(parseCsv(text).map(({ fields }) => fields)).toEqual([
        ['id', 'notes'],
        ['a', 'b'],
      ]);
  });

  it('say the line on which a row begins, also after a field of several lines', () => {
    expect(parseCsv('id,notes\na,"x\ny"\nb,z').map(({ line }) => line)).toEqual([1, 2, 4]);
  });

  it('never fail on any text', () =>
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseCsv(text))));
});

describe('a table of devices', () => {
  it('has a sample whose rows are good', () => {
    const rows = readDeviceTable(sampleTable(), none);
    expect(rows.map(({ id, problems }) => [id, problems])).toEqual([
      ['bench-1', []],
      ['bench-2', []],
    ]);
    expect(rows[1]?.device?.settings.relay).toEqual({ pin: 5, activeLow: false, pulseMs: 500 });
  });

  it('keeps the good rows and names the fault of each bad one', () => {
    const table = [
      'ID,Sensor,Sensor pin,Interval_s,relay_pin,wifi_ssid,wifi_password',
      'porch-1,DHT22,4,10,,,',
      ',dht22,4,10,,,',
      'porch-1,none,,,,,',
      'broker,none,,,,,',
      'p2,dht33,4,10,,,',
      'p3,dht22,7,10,,,',
      'p4,dht22,4,1,,,',
      'p5,dht22,four,10,,,',
      'p6,dht22,4,10,4,,',
      'p7,none,,,,,secret12',
      'p8,none,,,,Attic,short',
      'p9,none,,,,Attic,long enough',
    ].join('\n');
    const rows = readDeviceTable(table, none);
    expect(rows.filter(({ device }) => device).map(({ id }) => id)).toEqual(['porch-1', 'p9']);
    const words = rows.map(({ problems }) => problems.join(' '));
    expect(words[1]).toMatch(/name/);
    expect(words[2]).toMatch(/stands twice/);
    expect(words[3]).toMatch(/broker/);
    expect(words[4]).toMatch(/dht33/);
    expect(words[5]).toMatch(/flash chip/);
    expect(words[6]).toMatch(/between two readings/);
    expect(words[7]).toMatch(/"four" in sensor_pin/);
    expect(words[8]).toMatch(/4/);
    expect(words[9]).toMatch(/password without/);
    expect(words[10]).toMatch(/Wi-Fi password/);
    expect(rows.map(({ line }) => line)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
  });

  it('knows the ids of the project', () => {
    expect(problemsOf('id\nporch-1', new Set(['porch-1']))[0]?.[0]).toMatch(/taken/);
  });

  it('that is none, has an unknown column, or too many rows, says so', () => {
    for (const text of ['', 'id', 'name,sensor\na,none'])
      expect(() => readDeviceTable(text, none)).toThrow(/no table of devices/);
    expect(() => readDeviceTable('id,colour\na,red', none)).toThrow(/"colour" has no meaning/);
    expect(() => readDeviceTable(`id\n${'x\n'.repeat(5_001)}`, none)).toThrow(/more than 5000 rows/);
  });

  it('never fails otherwise, whatever stands in its fields', () =>
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 10, maxLength: 10 }), (fields) => {
        const [row] = readDeviceTable(
          `${sampleTable().split('\r\n')[0] ?? ''}\n${csvLine(['x', ...fields.slice(1)])}`,
          none,
        );
        expect(row === undefined || row.device !== null || row.problems.length > 0).toBe(true);
      }),
    ));
});
