import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bootStages, bootStates, crc16CcittFalse, parseBootLine } from '../../src/contract/boot-lines.ts';
import { encodeConfig, wifiEntry } from '../../src/contract/config.ts';
import {
  importCommandKey,
  newCommandId,
  openReply,
  sealCommand,
  type CommandBody,
} from '../../src/contract/envelope.ts';
import {
  encodeCommandKeys,
  firstFiles,
  slotGeneration,
  slotSeal,
  type SlotContents,
} from '../../src/contract/slot-files.ts';
import { deviceTopic, parseDeviceTopic, projectFilters } from '../../src/contract/topics.ts';
import { codeTexts } from '../../src/contract/codes.ts';
import { fromUtf8, toHex, utf8, type Bytes } from '../../src/shared/bytes.ts';

const withCrc = (body: string): string =>
  `@${body}*${crc16CcittFalse(utf8(body)).toString(16).padStart(4, '0')}`;

describe('boot lines', () => {
  it('use CRC-16/CCITT-FALSE, whose published check value is 0x29b1', () => {
    expect(crc16CcittFalse(utf8('123456789'))).toBe(0x29b1);
  });

  it('carry percent-encoded values', () => {
    const line = parseBootLine(withCrc('sg1 120 cfg fail e=103 key=wifi%5B0%5D.psk'));
    expect(line).toEqual({ ms: 120, stage: 'cfg', state: 'fail', fields: { e: '103', key: 'wifi[0].psk' } });
  });

  it('are refused when any one character was changed on the wire', () => {
    const good = withCrc('sg1 3180 wifi ok ip=192.168.1.40 rssi=-58');
    expect(parseBootLine(good)).not.toBeNull();
    for (let at = 0; at < good.length; at++) {
      const bent = good.slice(0, at) + String.fromCharCode(good.charCodeAt(at) ^ 1) + good.slice(at + 1);
      expect(parseBootLine(bent), bent).toBeNull();
    }
  });

  it('are read back for every stage, state and value', () => {
    const value = fc.string({ unit: 'binary', maxLength: 20 });
    fc.assert(
      fc.property(
        fc.constantFrom(...bootStages),
        fc.constantFrom(...bootStates),
        value,
        (stage, state, text) => {
          const encoded = [...utf8(text)]
            .map((byte) => {
              const char = String.fromCharCode(byte);
              return /[A-Za-z0-9.:_-]/.test(char) ? char : `%${byte.toString(16).padStart(2, '0')}`;
            })
            .join('');
          const line = parseBootLine(withCrc(`sg1 7 ${stage} ${state} v=${encoded}`));
          expect(line).toEqual({ ms: 7, stage, state, fields: { v: fromUtf8(utf8(text)) } });
        },
      ),
    );
  });

  it('of any other kind are none of ours', () => {
    for (const text of [
      '',
      '@',
      'WiFi Connected',
      '@sg1 1 boot ok',
      '@sg2 1 boot ok*0000',
      withCrc('sg1 1 boot maybe'),
      withCrc('sg1 1 fly ok'),
    ]) {
      expect(parseBootLine(text), text).toBeNull();
    }
  });
});

const slot: SlotContents = {
  cfg: utf8('{"v":1}'),
  ca: utf8('anchor'),
  crt: utf8('certificate'),
  key: utf8('key'),
  mac: utf8('app 00 *\n'),
};

const lengthPrefixed = (parts: readonly Bytes[]): Buffer =>
  Buffer.concat(
    parts.map((part) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(part.length);
      return Buffer.concat([length, part]);
    }),
  );

describe('slot files', () => {
  it('are sealed by SHA-256 over the five with their lengths', async () => {
    const expected = createHash('sha256')
      .update(lengthPrefixed([slot.cfg, slot.ca, slot.crt, slot.key, slot.mac]))
      .digest('hex');
    expect(toHex(await slotSeal(slot))).toBe(expected);
  });

  it('have a generation that only the holder of the app key can compute', async () => {
    const appKey = new Uint8Array(32).fill(7);
    const expected = createHmac('sha256', appKey)
      .update(lengthPrefixed([slot.cfg, slot.ca, slot.crt]))
      .digest('hex');
    expect(await slotGeneration(slot, appKey)).toBe(expected.slice(0, 8));
  });

  it('of a first image are slot a, its seal, the pointer and the clock floor, with names the device can hold', async () => {
    const files = await firstFiles(slot, 1_790_000_000_999);
    expect(files.map((file) => file.path)).toEqual([
      '/a.cfg',
      '/a.ca',
      '/a.crt',
      '/a.key',
      '/a.mac',
      '/a.ok',
      '/sel',
      '/clk',
    ]);
    const text = (path: string): string =>
      fromUtf8(files.find((file) => file.path === path)?.content ?? new Uint8Array());
    expect(text('/sel')).toBe('1 a - 0\n');
    expect(text('/clk')).toBe('1790000000\n');
  });

  it('name each command key with what it may do', () => {
    const key = new Uint8Array(32).fill(0xab);
    const text = encodeCommandKeys([
      { name: 'app', key, allow: '*' },
      { name: 'nodered', key, allow: ['led', 'read'] },
    ]);
    expect(fromUtf8(text)).toBe(`app ${'ab'.repeat(32)} *\nnodered ${'ab'.repeat(32)} led,read\n`);
  });
});

describe('the configuration', () => {
  it('carries a network name that is not plain text as hex of its UTF-8 bytes', () => {
    expect(wifiEntry('Gartenzaun', 'p')).toEqual({ ssid: 'Gartenzaun', psk: 'p' });
    expect(wifiEntry('Café ☕', 'p')).toEqual({ ssid_hex: Buffer.from('Café ☕').toString('hex'), psk: 'p' });
    expect(wifiEntry('tab\there', 'p')).toEqual({
      ssid_hex: Buffer.from('tab\there').toString('hex'),
      psk: 'p',
    });
  });

  it('is plain JSON', () => {
    const config = {
      v: 1,
      project: 'porch',
      id: 'porch-1',
      wifi: [{ ssid: 'a"b\\c', psk: '' }],
      mqtt: { host: 'pi.local' },
    } as const;
    expect(JSON.parse(fromUtf8(encodeConfig(config)))).toEqual(config);
  });
});

describe('topics', () => {
  it('are read back as they were made, and foreign ones are not', () => {
    expect(parseDeviceTopic(deviceTopic('porch', 'door-1', 'reply'))).toEqual({
      projectId: 'porch',
      deviceId: 'door-1',
      leaf: 'reply',
    });
    for (const topic of [
      'signet/porch/door-1',
      'signet/porch/door-1/reply/x',
      'signet/Porch/door-1/tele',
      'other/porch/door-1/tele',
      'signet/porch/door-1/fly',
    ]) {
      expect(parseDeviceTopic(topic), topic).toBeNull();
    }
  });

  it('that the page listens to leave out the commands', () => {
    expect(projectFilters('porch')).toEqual(
      ['tele', 'status', 'reply', 'health'].map((leaf) => `signet/porch/+/${leaf}`),
    );
  });
});

const rawKey = new Uint8Array(32).fill(0x5a);
const body: CommandBody = {
  i: 'abcdefghijklmnopqrstuv',
  n: '9f2c0a7711e4b350',
  ts: 1_790_000_000_000,
  ttl: 10_000,
  c: 'led',
  a: { on: 1 },
};

describe('command envelopes', () => {
  it('sign topic and JSON bytes exactly as they are sent', async () => {
    const topic = deviceTopic('porch', 'porch-1', 'cmd');
    const payload = fromUtf8(await sealCommand(topic, 'app', await importCommandKey(rawKey), body));
    const [, mac, json] = /^c1\.app\.([0-9a-f]{64})\.(\{.*\})$/.exec(payload) ?? [];
    expect(JSON.parse(json ?? '')).toEqual(body);
    expect(mac).toBe(
      createHmac('sha256', rawKey)
        .update(`signet-c1\n${topic}\n${json ?? ''}`)
        .digest('hex'),
    );
  });

  it('have ids of 22 characters that do not repeat', () => {
    const ids = Array.from({ length: 500 }, newCommandId);
    expect(new Set(ids).size).toBe(500);
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{22}$/);
  });
});

describe('replies', () => {
  const topic = deviceTopic('porch', 'porch-1', 'reply');
  const sealReply = (json: string, key: Bytes = rawKey): Bytes =>
    utf8(`r1.${createHmac('sha256', key).update(`signet-r1\n${topic}\n${json}`).digest('hex')}.${json}`);

  it('are believed from the holder of the key, on their own topic only', async () => {
    const key = await importCommandKey(rawKey);
    const payload = sealReply('{"i":"x","n":"y","ok":0,"e":607,"now":5}');
    expect(await openReply(topic, key, payload)).toEqual({ i: 'x', n: 'y', ok: 0, e: 607, now: 5 });
    expect(await openReply(deviceTopic('porch', 'door-1', 'reply'), key, payload)).toBeNull();
    expect(await openReply(topic, key, sealReply('{"i":"x","n":"y","ok":1}', new Uint8Array(32)))).toBeNull();
  });

  it('with any one byte changed are not believed', async () => {
    const key = await importCommandKey(rawKey);
    const payload = sealReply('{"i":"x","n":"y","ok":1}');
    for (let at = 0; at < payload.length; at++) {
      const bent = payload.slice();
      bent[at] = (bent[at] ?? 0) ^ 1;
      expect(await openReply(topic, key, bent)).toBeNull();
    }
  });

  it('that are signed but make no sense are no replies', async () => {
    const key = await importCommandKey(rawKey);
    for (const json of [
      '',
      '[]',
      'null',
      '{"i":1,"n":"y","ok":1}',
      '{"i":"x","n":"y","ok":2}',
      '{"i":"x","n":"y","ok":1,"now":"late"}',
      '{',
    ]) {
      expect(await openReply(topic, key, sealReply(json)), json).toBeNull();
    }
  });
});

it('every code has a cause and a remedy that are sentences', () => {
  for (const [code, { message, remedy }] of Object.entries(codeTexts)) {
    expect(message, code).toMatch(/^[A-Z].*\.$/);
    expect(remedy, code).toMatch(/^[A-Z].*\.$/);
  }
});
