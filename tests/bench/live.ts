/**
 * A thousand devices that say something every second, and a burst of fifty thousand messages, from a process of its own
 * through a real Mosquitto over WSS to the cards of Live.
 */
import { note, type Bench } from './support/bench.ts';
import { longestMainThreadTask } from './support/main-thread.ts';
import {
  heapBytes,
  screenSeen,
  taskSeconds,
  watchScreen,
  withLive,
  type LiveBench,
} from './support/live-page.ts';

const DEVICES = 1_000;
const SHORT_S = 30;
const BURST = 50_000;

interface Steady {
  readonly storedPercent: number;
  readonly p95Ms: number;
  readonly fps: number;
  readonly mainThreadPercent: number;
}

async function steady({ page, devtools, load, taken }: LiveBench, seconds: number): Promise<Steady> {
  // Every device is known and drawn before anything is counted.
  const before = await load(DEVICES, 1, 5);
  await page.locator('ul[aria-label="Devices"] .value').first().waitFor();
  await watchScreen(page);
  const [startedS, startedMs] = [await taskSeconds(devtools), performance.now()];
  const sent = await load(DEVICES, 1, seconds);
  const busyS = (await taskSeconds(devtools)) - startedS;
  const { framesPerSecond, agesMs } = await screenSeen(page);
  const share = busyS / ((performance.now() - startedMs) / 1000);
  await settled(taken);
  const arrived = await taken();
  note(`  ${arrived} of ${before + sent} messages, ${agesMs.length} ages of readings on the screen`);
  return {
    storedPercent: (100 * arrived) / (before + sent),
    p95Ms: agesMs[Math.floor(agesMs.length * 0.95)] ?? Number.NaN,
    fps: framesPerSecond,
    mainThreadPercent: 100 * share,
  };
}

/** Until nothing more arrives. */
async function settled(taken: () => Promise<number>): Promise<void> {
  for (let last = -1, now = await taken(); now !== last;) {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    [last, now] = [now, await taken()];
  }
}

let measured: Promise<Steady> | null = null;
const shortRun = (): Promise<Steady> => (measured ??= withLive((bench) => steady(bench, SHORT_S)));

const figure = (name: string, unit: string, of: (run: Steady) => number): Bench => ({
  name: `live.1000.${name}`,
  unit,
  run: async () => ({ value: of(await shortRun()), yardstick: null }),
});

const burst: Bench = {
  name: 'live.burst50000.longest-block',
  unit: 'ms',
  run: () =>
    withLive(async ({ browser, page, load, taken }) => {
      const before = await load(DEVICES, 1, 5);
      const { wallMs, cpuMs } = await longestMainThreadTask(browser, page, async () => {
        await load(DEVICES, 0, BURST);
        await settled(taken);
      });
      const arrived = await taken();
      note(
        `  longest task ${wallMs.toFixed(0)} ms, of processor time ${cpuMs.toFixed(0)} ms; ${arrived - before} arrived`,
      );
      return { value: wallMs, yardstick: null };
    }),
};

/** In `bench:long`: after a warm-up of two minutes, how the heap grows over eight. */
const soak: Bench = {
  name: 'live.soak.heap-slope',
  unit: 'kB/h',
  run: () =>
    withLive(async ({ devtools, load }) => {
      await load(DEVICES, 1, 120);
      const points: [minute: number, kB: number][] = [];
      for (let minute = 0; minute < 8; minute += 1) {
        await load(DEVICES, 1, 60);
        points.push([minute, (await heapBytes(devtools)) / 1024]);
      }
      return { value: slope(points) * 60, yardstick: null };
    }),
};

/** Least squares. */
function slope(points: readonly (readonly [number, number])[]): number {
  const mean = (of: (point: readonly [number, number]) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [x, y] = [mean(([at]) => at), mean(([, value]) => value)];
  const above = points.reduce((sum, [at, value]) => sum + (at - x) * (value - y), 0);
  return above / points.reduce((sum, [at]) => sum + (at - x) ** 2, 0);
}

export const benches: readonly Bench[] = [
  figure('stored', '%', ({ storedPercent }) => storedPercent),
  figure('p95', 'ms', ({ p95Ms }) => p95Ms),
  figure('fps', '1/s', ({ fps }) => fps),
  figure('main-thread', '%', ({ mainThreadPercent }) => mainThreadPercent),
  burst,
];

/** For `npm run bench:long` only. */
export const longBenches: readonly Bench[] = [soak];
