import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeHealth, decodeIot2, decodeStatus, decodeTele } from '../../src/telemetry/device-messages.ts';
import { decodeJson, maxPayloadBytes } from '../../src/telemetry/json-payload.ts';
import { utf8 } from '../../src/shared/bytes.ts';

const nonce = '9f2c0a7711e4b350';
const tele = (rest: string) => decodeTele(utf8(`{"v":1,"n":"${nonce}"${rest}}`));
const reason = (decoded: { kind: string; reason?: string }): string | undefined => decoded.reason;

describe('a reading', () => {
  it('is decoded as the contract writes it', () => {
    expect(tele(',"q":412,"t":1790000000,"temperature":21.5,"humidity":40.2')).toEqual({
      kind: 'ok',
      value: {
        bootNonce: nonce,
        sequence: 412,
        deviceTimeS: 1_790_000_000,
        errorCode: null,
        values: { temperature: 21.5, humidity: 40.2 },
        rejected: [],
      },
    });
  });

  it('keeps the good value beside a bad one, and says what is wrong with the bad one', () => {
    const decoded = tele(',"q":1,"temperature":1e308,"humidity":40,"pressure":"high"');
    expect(decoded).toMatchObject({
      kind: 'ok',
      value: {
        values: { humidity: 40 },
        rejected: [
          { field: 'temperature', reason: '1e+308 is not within -100 … 200' },
          { field: 'pressure', reason: 'it is not a number' },
        ],
      },
    });
  });

  it('without a value says which part of the device failed', () => {
    expect(tele(',"q":2,"e":801')).toMatchObject({ kind: 'ok', value: { errorCode: 801, values: {} } });
  });

  it('does not reach an object’s prototype through its field names', () => {
    const decoded = tele(',"__proto__":{"temperature":1},"constructor":3');
    expect(decoded.kind).toBe('ok');
    expect(({} as Record<string, unknown>)['temperature']).toBeUndefined();
  });

  it.each([
    ['', 'it is empty'],
    ['{"v":1,"n":"9f2c0a7711e4b350","temperature":NaN}', 'it is not JSON'],
    ['[1,2]', 'it is not a JSON object'],
    ['21.5', 'it is not a JSON object'],
    ['{"v":2,"n":"9f2c0a7711e4b350"}', 'its version "v" is not 1'],
    ['{"v":1,"n":"9F2C"}', 'its boot nonce "n" is not 16 hex digits'],
    ['{"v":1', 'it is not JSON'],
  ])('%s is unreadable with its reason', (payload, why) => {
    expect(reason(decodeTele(utf8(payload)))).toBe(why);
  });

  it('is unreadable when it is binary, too large or too deep', () => {
    expect(reason(decodeTele(Uint8Array.of(0xff, 0xfe, 0x7b)))).toBe('it is not UTF-8 text');
    expect(reason(decodeJson(new Uint8Array(maxPayloadBytes + 1).fill(0x20)))).toBe('it is 65537 bytes long');
    expect(reason(decodeJson(utf8('['.repeat(30_000))))).toBe('it is nested more than 16 deep');
    expect(decodeJson(utf8(`"${'['.repeat(100)}\\"${'{'.repeat(100)}"`)).kind).toBe('ok');
  });
});

describe('a status', () => {
  it('is decoded as the contract writes it', () => {
    const text = `{"v":1,"st":"online","n":"${nonce}","fw":"0.1.0","slot":"a","gen":"5f2c91aa","trial":0,
      "caps":["led","relay"],"ip":"192.168.1.40","rssi":-61,"rst":"power","until":1860000000}`;
    expect(decodeStatus(utf8(text))).toEqual({
      kind: 'ok',
      value: {
        online: true,
        bootNonce: nonce,
        firmware: '0.1.0',
        slot: 'a',
        generation: '5f2c91aa',
        onTrial: false,
        capabilities: ['led', 'relay'],
        ip: '192.168.1.40',
        rssiDbm: -61,
        resetReason: 'power',
        certificateUntilS: 1_860_000_000,
      },
    });
  });

  it('of the last will is offline', () => {
    const decoded = decodeStatus(utf8(`{"v":1,"st":"offline","n":"${nonce}"}`));
    expect(decoded).toEqual({ kind: 'ok', value: { online: false, bootNonce: nonce } });
  });

  it('with fields of wrong types keeps the rest', () => {
    const decoded = decodeStatus(
      utf8(`{"v":1,"st":"online","n":"${nonce}","caps":"led","rssi":"weak","fw":7}`),
    );
    expect(decoded).toMatchObject({ kind: 'ok', value: { capabilities: [], rssiDbm: null, firmware: null } });
  });
});

describe('the form iot2', () => {
  it('is read in the configured unit', () => {
    const payload = utf8('{"d":{"temp":212,"humidity":40}}');
    expect(decodeIot2(payload, 'F')).toMatchObject({ value: { values: { temperature: 100, humidity: 40 } } });
    expect(decodeIot2(utf8('{"d":{"temp":21.5}}'), 'C')).toMatchObject({
      value: { values: { temperature: 21.5 } },
    });
    expect(reason(decodeIot2(utf8('{"temp":1}'), 'C'))).toBe('it has no object "d"');
  });
});

describe('every decoder', () => {
  const decoders = [decodeTele, decodeStatus, decodeHealth, (bytes: Uint8Array) => decodeIot2(bytes, 'F')];
  const holds = (bytes: Uint8Array): void => {
    for (const decode of decoders) {
      const decoded = decode(bytes);
      if (decoded.kind === 'unreadable') expect(decoded.reason).not.toBe('');
      else
        for (const value of Object.values(numbersOf(decoded.value)))
          expect(Number.isFinite(value)).toBe(true);
    }
  };
  const numbersOf = (value: object): Record<string, number> =>
    'values' in value ? (value.values as Record<string, number>) : {};

  it('survives any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), holds), { numRuns: 5_000 });
  });

  it('survives any JSON', () => {
    fc.assert(fc.property(fc.json({ maxDepth: 20 }).map(utf8), holds), { numRuns: 2_000 });
  });

  it('survives a good payload with any field replaced, and any truncation of it', () => {
    const good = { v: 1, n: nonce, q: 1, t: 1, st: 'online', temperature: 20, d: { temp: 1 }, caps: ['led'] };
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(good)), fc.jsonValue(), (key, value) => {
        holds(utf8(JSON.stringify({ ...good, [key]: value })));
      }),
    );
    const bytes = utf8(JSON.stringify(good));
    for (let length = 0; length < bytes.length; length++) holds(bytes.subarray(0, length));
  });
});
