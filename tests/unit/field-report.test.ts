// Field reports: nothing secret in them, nothing unknown read from them, and the same checklist when they are replayed.
import fc from 'fast-check';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { stageList } from '../../src/commissioning/bring-up.ts';
import { noBringUps, reduceSighting } from '../../src/commissioning/bring-ups.ts';
import type { Sighting } from '../../src/commissioning/sighting.ts';
import { browserFamily } from '../../src/console/browser-family.ts';
import { fieldReportText } from '../../src/console/field-report.ts';
import { parseFieldReport } from '../../src/console/field-report-reader.ts';
import { redactionMark } from '../../src/console/redaction.ts';
import { Transcript } from '../../src/console/transcript.ts';
import { crc16CcittFalse } from '../../src/contract/boot-lines.ts';
import { sec1FromPkcs8 } from '../../src/pki/key-pair.ts';
import { toPem } from '../../src/pki/pem.ts';
import { WebSerialPorts } from '../../src/platform/serial/web-serial-ports.ts';
import { toBase64, toHex, utf8 } from '../../src/shared/bytes.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { AppError, asAppError } from '../../src/shared/errors.ts';
import { VirtualBoard } from '../../src/virtual-board/virtual-board.ts';
import {
  fieldReportFile,
  makeFieldReport,
  replayBoardOf,
  type BoardStory,
} from '../../src/workflows/field-report.ts';
import { FlashLog } from '../../src/workflows/flash-log.ts';
import { followConsole } from '../../src/workflows/follow-console.ts';
import { openSecret, openSecretText } from '../../src/workflows/open-secret.ts';
import { ManualClock } from '../fixtures/manual-clock.ts';
import { newBench, type Bench } from './live-kit.ts';

const chrome =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36';

let bench: Bench;
const boards: VirtualBoard[] = [];

beforeAll(async () => {
  bench = await newBench();
});
afterEach(() => {
  for (const board of boards.splice(0)) board.stop();
});

const bootLine = (body: string): string => {
  const signed = `sg1 ${body}`;
  return `@${signed}*${crc16CcittFalse(utf8(signed)).toString(16).padStart(4, '0')}`;
};

/** A transcript that was kept before the project's secrets were known. */
function transcriptOf(lines: readonly (readonly [atMs: number, text: string])[]): Transcript {
  const transcript = new Transcript({ maxLines: 5_000, secrets: [] });
  for (const [atMs, text] of lines) transcript.add({ atMs: 1_700_000_000_000 + atMs, text });
  return transcript;
}

const story = (transcript: BoardStory['transcript'], more: Partial<BoardStory> = {}): BoardStory => ({
  transcript,
  baudRate: 115_200,
  link: { usb: { vendorId: 0x1a86, productId: 0x7523 }, isVirtual: false },
  chip: {
    chipName: 'ESP8266EX',
    isEsp8266: true,
    macAddress: '5c:cf:7f:12:34:56',
    flashSizeBytes: 4 * 1024 * 1024,
    flashId: 0x1640ef,
    crystalMhz: 26,
    features: ['WiFi'],
  },
  flash: null,
  pageVersion: '0.1.0',
  firmware: { version: '0.1.0', layout: '4m2m' },
  userAgent: chrome,
  ...more,
});

const failure = [
  [0, bootLine('61 boot ok n=9f2c0a7711e4b350 fw=0.1.0 rst=power')],
  [20, bootLine('90 fs ok')],
  [60, bootLine('120 cfg ok slot=a gen=5f2c91aa project=porch id=porch-1')],
  [90, 'Joining the Wi-Fi'],
  [900, bootLine('3180 wifi fail e=202 rssi=-58')],
] as const;

describe('a field report', () => {
  it('holds no secret of the project, in whatever spelling the board printed it', async () => {
    const { env, project } = bench;
    const [device] = project.devices;
    if (!device) throw new Error('no device');
    const psk = await openSecretText(env, project.id, project.wifi[0]?.pskRecord ?? '');
    const password = await openSecretText(env, project.id, project.broker.dashboardPasswordRecord);
    const commandKey = await openSecret(env, project.id, device.commandKeyRecord);
    const pkcs8 = await openSecret(env, project.id, device.credential.keyRecord ?? 'on the chip');
    const sec1 = sec1FromPkcs8(pkcs8);
    const pems = [toPem('PRIVATE KEY', pkcs8), toPem('EC PRIVATE KEY', sec1)];
    const spellings = [psk, password, toHex(commandKey), toBase64(commandKey), toBase64(pkcs8), toHex(sec1)];
    const bodies = pems.flatMap((pem) => pem.split('\n').filter((line) => /^[^-]/.test(line)));
    const printed = [...spellings, ...spellings.map((text) => `a(${text})b`), ...bodies];
    const log = new FlashLog(new ManualClock());
    log.add({ kind: 'stopped', error: new AppError('internal', { details: { what: psk } }) });
    const report = await makeFieldReport(
      env,
      project,
      story(transcriptOf([...printed, ...pems.flatMap((pem) => pem.split('\n'))].map((text) => [0, text])), {
        flash: log,
        firmware: { version: password, layout: '4m2m' },
      }),
    );
    const text = fieldReportText(report);
    for (const secret of [...spellings, ...bodies]) expect(text).not.toContain(secret);
    expect(text).toContain(redactionMark);
    expect(text).not.toContain('12:34:56');
  });

  it('hides a key that is no key of the project, even line by line', async () => {
    const body = ['MHcCAQEEIFoJ8vL', 'q3tA9sT2uVwXyZ0', 'AB=='];
    const lines = ['-----BEGIN RSA PRIVATE KEY-----', ...body, '-----END RSA PRIVATE KEY-----', 'QUJDREVG'];
    const report = await makeFieldReport(bench.env, null, story(transcriptOf(lines.map((l) => [0, l]))));
    const texts = report.serial.lines.map((line) => line.text);
    expect(texts.slice(0, 4)).toEqual(Array(4).fill(redactionMark));
    expect(texts.at(-1)).toBe('QUJDREVG');
  });

  it('is refused while the project is locked', async () => {
    const locked = () => Promise.reject(new AppError('vault.locked'));
    const env = { ...bench.env, vaults: { of: locked } } as unknown as typeof bench.env;
    const made = makeFieldReport(env, bench.project, story(transcriptOf(failure)));
    await expect(made).rejects.toMatchObject({ code: 'vault.locked' });
  });

  it('tells relative times that never go back, and what the flash job went through', async () => {
    const clock = new ManualClock();
    const log = new FlashLog(clock);
    for (const attempt of [1, 1, 2]) {
      log.add({ kind: 'connecting', attempt, attempts: 7 });
      await clock.advance(400);
    }
    log.add({ kind: 'not-finished', error: new AppError('serial.gone') });
    const lines = transcriptOf([
      [0, 'one'],
      [50, 'two'],
      [-3_600_000, 'the clock was set'],
    ]);
    const report = await makeFieldReport(bench.env, bench.project, story(lines, { flash: log }));
    expect(report.serial.lines.map(({ tMs }) => tMs)).toEqual([0, 50, 50]);
    expect(report.flash?.steps).toEqual([
      { tMs: 0, state: 'connecting', note: 'attempt 1 of 7' },
      { tMs: 800, state: 'connecting', note: 'attempt 2 of 7' },
      { tMs: 1200, state: 'not-finished', note: 'serial.gone: The board was unplugged.' },
    ]);
    expect(report.browser).toEqual({ family: 'Chrome', majorVersion: 156, system: 'Linux' });
    expect(fieldReportFile({ ...report, madeAtMs: Date.UTC(2026, 10, 21) }).name).toBe(
      'signet-field-report-2026-11-21.json',
    );
  });
});

describe('the log of a flash job', () => {
  it('knows the chip that answered last', () => {
    const { chip } = story(transcriptOf([]));
    if (!chip) throw new Error('no chip');
    const log = new FlashLog(new ManualClock());
    expect(log.chip).toBeNull();
    log.add({ kind: 'restarting', board: { chip, baudRate: 115_200, slowedDown: null } });
    log.add({ kind: 'not-finished', error: null });
    expect(log.chip).toBe(chip);
  });
});

describe('reading a field report', () => {
  const whole = async (): Promise<string> =>
    fieldReportText(await makeFieldReport(bench.env, bench.project, story(transcriptOf(failure))));
  const codeOf = (text: string): string => {
    try {
      parseFieldReport(text);
      return 'none';
    } catch (thrown) {
      return asAppError(thrown).code;
    }
  };

  it('gives what was written', async () => {
    const report = await makeFieldReport(bench.env, bench.project, story(transcriptOf(failure)));
    expect(parseFieldReport(fieldReportText(report))).toEqual(report);
  });

  it('names the version it cannot read', async () => {
    expect(codeOf((await whole()).replace('"v": 1', '"v": 2'))).toBe('report.version');
  });

  it.each([
    ['no JSON', () => '{'],
    ['no object', () => '[]'],
    ['another document', (text: string) => text.replace('signet-field-report', 'something')],
    ['an unknown key', (text: string) => text.replace('"isVirtual"', '"extra": 1, "isVirtual"')],
    ['a missing key', (text: string) => text.replace('"isVirtual": false,', '')],
    ['a wrong type', (text: string) => text.replace('"isVirtual": false', '"isVirtual": 0')],
    ['a time that goes back', (text: string) => text.replace('"tMs": 0', '"tMs": 100000')],
    ['an unknown direction', (text: string) => text.replace('"in"', '"up"')],
    ['a negative number', (text: string) => text.replace('"droppedLines": 0', '"droppedLines": -1')],
    ['no baud rate', (text: string) => text.replace('115200', '0')],
    ['a prototype', (text: string) => text.replace('"isVirtual"', '"__proto__": {}, "isVirtual"')],
    ['an endless line', (text: string) => text.replace('Joining', 'J'.repeat(5_000))],
  ])('refuses %s', async (_, change) => {
    const text = await whole();
    expect(change(text)).not.toBe(text);
    expect(codeOf(change(text))).toBe('report.not-readable');
  });

  it('refuses every cut and every changed character, or reads a report; it never fails otherwise', async () => {
    const text = await whole();
    for (let end = 0; end < text.length - 1; end++)
      expect(codeOf(text.slice(0, end))).toBe('report.not-readable');
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.string({ maxLength: 3 }), (at, other) => {
        expect(['none', 'report.not-readable', 'report.version']).toContain(
          codeOf(text.slice(0, at) + other + text.slice(at + 1)),
        );
      }),
    );
  });
});

describe('replaying a field report', () => {
  async function replayed(text: string): Promise<{ sightings: Sighting[]; texts: string[] }> {
    const board = new VirtualBoard(replayBoardOf(parseFieldReport(text), 5));
    boards.push(board);
    const serial = { requestPort: () => Promise.resolve(board.port), getPorts: () => Promise.resolve([]) };
    const port = await new WebSerialPorts(serial as unknown as Serial).request();
    if (port.kind !== 'done') throw new Error('no port');
    const sightings: Sighting[] = [];
    const texts: string[] = [];
    await new Promise<void>((resolve, reject) => {
      void followConsole({ clock: systemClock }, port.value, {
        baudRate: 115_200,
        onLine: (line) => texts.push(line.text),
        onSighting: (sighting) => {
          sightings.push(sighting);
          if (sighting.stage === 'wifi') resolve();
        },
        onEnd: reject,
      }).then((follower) => follower.reset(), reject);
    });
    return { sightings, texts };
  }

  it('shows the same lines and the same checklist', async () => {
    const report = await makeFieldReport(bench.env, bench.project, story(transcriptOf(failure)));
    const { sightings, texts } = await replayed(fieldReportText(report));
    expect(texts.filter((text) => failure.some(([, said]) => said === text))).toEqual(
      failure.map(([, said]) => said),
    );
    const { devices } = sightings.reduce(reduceSighting, noBringUps);
    const porch = devices['porch-1'];
    expect(porch?.bootNonce).toBe('9f2c0a7711e4b350');
    expect(
      porch && stageList(porch).map(({ stage, state, failure: why }) => [stage, state, why?.code]),
    ).toEqual(
      expect.arrayContaining([
        ['cfg', 'ok', undefined],
        ['wifi', 'failed', 202],
      ]),
    );
  });
});

describe('browsers', () => {
  it.each([
    [chrome, 'Chrome', 156, 'Linux'],
    [
      `${chrome.replace('X11; Linux x86_64', 'Windows NT 10.0; Win64; x64')} Edg/155.0.1`,
      'Edge',
      155,
      'Windows',
    ],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0',
      'Firefox',
      140,
      'macOS',
    ],
    ['something', 'other', null, 'other'],
  ])('%s', (userAgent, family, majorVersion, system) => {
    expect(browserFamily(userAgent)).toEqual({ family, majorVersion, system });
  });
});
