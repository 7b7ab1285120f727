/** The firmware on Linux behind a bad network and with a wrong clock, against a real Mosquitto. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bootLine, bootLines, SlowWire, World } from './firmware-host-world.ts';
import { until } from './firmware-host-bench.ts';

let world: World;
let wire: SlowWire | null = null;

beforeAll(async () => {
  world = new World();
  await world.start();
});
afterAll(() => world.stop());
beforeEach(() => world.watch());
afterEach(async () => {
  await world.endBoards();
  await wire?.close();
  wire = null;
});

async function throughWire(chunkBytes: number, everyMs: number): Promise<SlowWire> {
  wire = new SlowWire(() => world.broker.port, chunkBytes, everyMs);
  await wire.open();
  return wire;
}

const tele = (): number => world.messages.filter(({ topic }) => topic.endsWith('/tele')).length;

describe('a bad network', () => {
  it('that passes 40 bytes at a time still carries login, readings and commands', async () => {
    const { port } = await throughWire(40, 10);
    const board = await world.boot(world.slot({ mqtt: { host: 'pi.local', port, keep_s: 10 } }));
    const { n } = await world.status('online', ({ st }) => st === 'online');
    expect(await world.command(n, 'read', {})).toMatchObject({ ok: 1 });
    await until('a reading', () => tele() > 0);
    expect(bootLines(board, 'tls', 'fail')).toEqual([]);
  });

  it('that breaks in the middle of a message is met with a new connection', async () => {
    const slow = await throughWire(4096, 2);
    const board = await world.boot(world.slot({ mqtt: { host: 'pi.local', port: slow.port, keep_s: 10 } }));
    const first = await world.status('online', ({ st }) => st === 'online');
    slow.leftToBroker = 20; // less than one TLS record
    await world.publish('signet/porch/porch-1/cmd', 'c1.app.what');
    await until('the message hangs', () => slow.leftToBroker === 0);
    slow.drop();
    slow.leftToBroker = Infinity;
    expect((await bootLine(board, 'mqtt', 'fail')).fields).toMatchObject({ e: '504' });
    await until('a second login', () => bootLines(board, 'mqtt', 'ok').length === 2);
    expect(await world.command(first.n, 'read', {})).toMatchObject({ ok: 1 });
  });

  it('that swallows everything without a word is noticed by the keep-alive', async () => {
    const slow = await throughWire(4096, 2);
    const board = await world.boot(world.slot({ mqtt: { host: 'pi.local', port: slow.port, keep_s: 10 } }));
    await bootLine(board, 'mqtt', 'ok');
    slow.leftToBroker = 0;
    await expect
      .poll(() => bootLines(board, 'mqtt', 'fail').at(-1)?.fields['e'], { timeout: 20_000, interval: 100 })
      .toBe('504');
    slow.leftToBroker = Infinity;
    await expect
      .poll(() => bootLines(board, 'mqtt', 'ok').length, { timeout: 20_000, interval: 100 })
      .toBe(2);
  }, 45_000);
});

describe('a clock at 1970', () => {
  const at1970 = ['--unix-time', '100'];

  it('is no clock: the stored floor judges the certificates, and commands are refused', async () => {
    const board = await world.boot(world.slot(), at1970);
    expect((await bootLine(board, 'time', 'fail')).fields).toMatchObject({ e: '301' });
    const { n } = await world.status('online', ({ st }) => st === 'online');
    expect(await world.command(n, 'led', { on: 1 })).toMatchObject({ ok: 0, e: 606 });
    expect(board.events()).not.toContain('pin 2 0');
  }, 20_000);

  it('without a floor opens no connection at all', async () => {
    const board = await world.boot(world.slot(), at1970, 0);
    await bootLine(board, 'time', 'fail');
    await bootLine(board, 'read', 'ok');
    const before = board.lines.length;
    await until('another reading', () => board.lines.length > before + 1);
    expect(bootLines(board, 'dns', 'try')).toEqual([]);
  }, 20_000);
});
