/**
 * The firmware on the chip's instruction set, under QEMU: instructions of a handshake with a real Mosquitto, and what a
 * session holds. Instructions are counted, so load on the machine does not matter.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { removeFolder, temporaryFolder, type KeyKind } from '../interop/firmware-host-bench.ts';
import { buildLx106, linesOf } from '../interop/lx106-home.ts';
import { Lx106Device, slotOf, startSite, type Site } from '../interop/lx106-session.ts';
import { median, note, type Bench } from './support/bench.ts';

interface Session {
  readonly full: number;
  readonly resumed: number;
  readonly heapBytes: number;
  readonly stackBytes: number;
  readonly openAllocations: number;
}

const programs = once(() => Promise.resolve(buildLx106()));
const ecSession = once(() => measure('ec'));
const rsaSession = once(() => measure('rsa'));
const primitives = once(async () => {
  const lines = linesOf(path.join(await programs(), 'primitives.elf')).map((line) => line.split(' '));
  return new Map(lines.map(([name = '', count]) => [name, Number(count)]));
});

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

/** What `use` finds out at a broker with such a key. */
async function atSite<T>(brokerKind: KeyKind, use: (site: Site) => Promise<T>): Promise<T> {
  const folder = temporaryFolder();
  mkdirSync(path.join(folder, 'site'));
  const site = await startSite(path.join(folder, 'site'), brokerKind);
  try {
    return await use(site);
  } finally {
    await site.broker.stop();
    removeFolder(folder);
  }
}

/** Two connections of one device to a broker with such a key: a full handshake and a resumed one. */
const measure = (brokerKind: KeyKind): Promise<Session> =>
  atSite(brokerKind, async (site) => {
    const device = new Lx106Device(await programs(), site.broker.port);
    try {
      await device.start(slotOf(site));
      await device.until(' mqtt ok');
      const seen = device.serial.length;
      await device.dropWifi();
      await device.until(' mqtt ok', seen);
      const [full, resumed] = device.links;
      if (!full || resumed?.isResumed !== true) throw new Error('the session was not resumed');
      const { heapBytes, stackBytes } = resumed;
      const { openAllocations } = device;
      return {
        full: full.instructions,
        resumed: resumed.instructions,
        heapBytes,
        stackBytes,
        openAllocations,
      };
    } finally {
      device.close();
    }
  });

/** Instructions from one reading to the next, `everyS` seconds later, while connected: the median of three. */
async function betweenReadings(site: Site, everyS: number): Promise<number> {
  const device = new Lx106Device(await programs(), site.broker.port);
  try {
    await device.start(slotOf(site, everyS));
    await device.until(' mqtt ok');
    const first = device.readings.length;
    while (device.readings.length < first + 4) await device.step();
    const starts = device.readings.slice(first);
    return median(starts.slice(1).map((start, index) => start - (starts[index] ?? Number.NaN)));
  } finally {
    device.close();
  }
}

interface Loop {
  /** One reading: asked for, told on the console, published over TLS. */
  readonly reading: number;
  /** A second of waiting, ten milliseconds a turn. */
  readonly idleSecond: number;
}

// Between readings lies the same waiting loop, once for two seconds and once for four.
const loop = once(() =>
  atSite('ec', async (site): Promise<Loop> => {
    const [two, four] = [await betweenReadings(site, 2), await betweenReadings(site, 4)];
    return { reading: 2 * two - four, idleSecond: (four - two) / 2 };
  }),
);

const chipHz = 160_000_000;

const readingsPerSecond: Bench = {
  name: 'firmware.loop.readings-per-second',
  unit: '/s',
  run: async () => {
    const { reading, idleSecond } = await loop();
    note(`a reading: ${reading} instructions; a second of waiting: ${idleSecond}`);
    return { value: (chipHz - idleSecond) / reading, yardstick: null };
  },
};

/** Two agreements' halves, one signature, and the broker's certificate and its share verified with `verify`. */
async function sumOf(verify: string): Promise<number> {
  const counts = await primitives();
  const names = ['x25519.share', 'x25519.agree', 'p256.sign', verify, verify];
  return names.reduce((sum, name) => sum + (counts.get(name) ?? Number.NaN), 0);
}

const millions = (instructions: number): number => instructions / 1e6;

const handshake = (name: string, session: () => Promise<Session>, verify: string): Bench => ({
  name: `firmware.handshake.${name}`,
  unit: 'million instructions',
  run: async () => ({
    value: millions((await session()).full),
    yardstick: { name: 'sum of its primitives', value: millions(await sumOf(verify)) },
  }),
});

const resumed: Bench = {
  name: 'firmware.handshake.resumed',
  unit: 'million instructions',
  run: async () => {
    const session = await ecSession();
    const yardstick = { name: 'full EC/EC handshake', value: millions(session.full) };
    return { value: millions(session.resumed), yardstick };
  },
};

const ofSession = (name: string, unit: string, of: (session: Session) => number): Bench => ({
  name,
  unit,
  run: async () => ({ value: of(await ecSession()), yardstick: null }),
});

export const benches: readonly Bench[] = [
  handshake('ec-ec', ecSession, 'p256.verify'),
  handshake('ec-rsa', rsaSession, 'rsa2048.verify'),
  resumed,
  ofSession('firmware.session.heap', 'bytes', ({ heapBytes }) => heapBytes),
  ofSession('firmware.session.engine-stack', 'bytes', ({ stackBytes }) => stackBytes),
  ofSession('firmware.loop.allocations', 'count', ({ openAllocations }) => openAllocations),
  readingsPerSecond,
];
