/**
 * Building images, warm, in milliseconds: the six files of a device in the 2 MB layout, and 2,000,000 bytes in the 3 MB
 * layout. The yardstick is the memory floor: making room for the used sectors, filling it with 0xff and copying the
 * contents into it.
 */
import type { Entry, Geometry } from '../../src/littlefs/types.ts';
import { buildImage } from '../../src/littlefs/writer.ts';
import { layoutNamed } from '../../src/contract/flash-layouts.ts';
import { median, type Bench, type Figure } from './support/bench.ts';

const WARM_UP_SAMPLES = 100;
const SAMPLES = 101;

const content = (sizeBytes: number, seed: number): Uint8Array =>
  Uint8Array.from({ length: sizeBytes }, (_, i) => (i * 31 + seed) & 0xff);

const sixFiles: Entry[] = [612, 1050, 540, 121, 84, 32].map((sizeBytes, i) => ({
  path: ['/a.cfg', '/a.ca', '/a.crt', '/a.key', '/a.mac', '/a.ok'][i] ?? '',
  content: content(sizeBytes, i),
}));

const largeFile: Entry[] = [{ path: '/large.bin', content: content(2_000_000, 7) }];

export const benches: Bench[] = [
  bench('littlefs.build.4m2m-six-files', layoutNamed('4m2m'), sixFiles),
  bench('littlefs.build.4m3m-2mb', layoutNamed('4m3m'), largeFile),
];

function bench(name: string, geometry: Geometry, entries: readonly Entry[]): Bench {
  const run = (): Promise<Figure> => {
    const usedBytes = buildImage(geometry, entries).runs.reduce((sum, { bytes }) => sum + bytes.length, 0);
    const rounds = Math.max(1, Math.round(1_000_000 / usedBytes));
    const [value, floorMs] = mediansMs(
      rounds,
      () => buildImage(geometry, entries),
      () => copyOnly(entries, usedBytes),
    );
    return Promise.resolve({
      value,
      yardstick: { name: 'memory floor: fill + copy of used sectors', value: floorMs },
    });
  };
  return { name, unit: 'ms', run };
}

function copyOnly(entries: readonly Entry[], usedBytes: number): Uint8Array {
  const sectors = new Uint8Array(usedBytes).fill(0xff);
  let at = 0;
  for (const entry of entries) {
    if (entry.kind === 'directory') continue;
    sectors.set(entry.content, at);
    at += entry.content.length;
  }
  return sectors;
}

/**
 * Medians over samples of `rounds` calls each, per call: the clock is too coarse for one short call. The two take turns,
 * so that the collector's pauses and a busy machine strike both alike.
 */
function mediansMs(rounds: number, work: () => unknown, floor: () => unknown): [number, number] {
  const sampleMs = (call: () => unknown): number => {
    const start = performance.now();
    for (let i = 0; i < rounds; i++) call();
    return (performance.now() - start) / rounds;
  };
  const samples = Array.from(
    { length: WARM_UP_SAMPLES + SAMPLES },
    () => [sampleMs(work), sampleMs(floor)] as const,
  );
  const warm = samples.slice(WARM_UP_SAMPLES);
  return [median(warm.map(([workMs]) => workMs)), median(warm.map(([, floorMs]) => floorMs))];
}
