/**
 * The firmware on the chip's instruction set, under QEMU: instructions of a handshake with a real Mosquitto, and what a
 * session holds. Instructions are counted, so load on the machine does not matter.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { removeFolder, temporaryFolder, type KeyKind } from '../interop/firmware-host-bench.ts';
import { buildLx106, linesOf } from '../interop/lx106-home.ts';
import { Lx106Device, startSite } from '../interop/lx106-session.ts';
import type { Bench } from './support/bench.ts';

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

/** Two connections of one device to a broker with such a key: a full handshake and a resumed one. */
async function measure(brokerKind: KeyKind): Promise<Session> {
  const folder = temporaryFolder();
  mkdirSync(path.join(folder, 'site'));
  const site = await startSite(path.join(folder, 'site'), brokerKind);
  const device = new Lx106Device(await programs(), site.broker.port);
  try {
    await device.start(site);
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
    await site.broker.stop();
    removeFolder(folder);
  }
}

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
];
