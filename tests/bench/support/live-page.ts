/** Live in Chromium against a real Mosquitto over WSS, and a process that makes load outside of both. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type CDPSession, type Page } from '@playwright/test';
import { RealBroker } from '../../interop/mqtt-link-broker.ts';
import { chromiumArguments } from '../../playwright.config.ts';
import { buildInto, serveFolder, temporaryFolder } from './built-page.ts';

const loadScript = fileURLToPath(new URL('live-load.mjs', import.meta.url));

export interface LiveBench {
  readonly browser: Browser;
  readonly page: Page;
  readonly devtools: CDPSession;
  /** Messages that left the load's process. `rate` 0: as fast as it goes, `amount` of them; else for `amount` seconds. */
  readonly load: (devices: number, rate: number, amount: number) => Promise<number>;
  /** Messages that the page has taken in since it connected. */
  readonly taken: () => Promise<number>;
}

export async function withLive<T>(use: (bench: LiveBench) => Promise<T>): Promise<T> {
  const { folder, dispose } = temporaryFolder();
  const broker = new RealBroker();
  await buildInto(folder);
  await broker.prepare();
  await broker.start();
  const server = await serveFolder(folder);
  // Stands for a browser that trusts the broker's authority; the encryption is the same.
  const args = [...chromiumArguments, '--ignore-certificate-errors'];
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args });
  try {
    const context = await browser.newContext({ permissions: ['local-network-access'] });
    const page = await context.newPage();
    await connect(page, server.origin, broker.url);
    const devtools = await context.newCDPSession(page);
    await devtools.send('Performance.enable');
    return await use({
      browser,
      page,
      devtools,
      load: (...how) => runLoad(broker.plainPort, how),
      taken: () => taken(page),
    });
  } finally {
    await browser.close();
    await server.close();
    await broker.remove();
    dispose();
  }
}

async function connect(page: Page, origin: string, url: string): Promise<void> {
  await page.goto(`${origin}/index.html#/live`);
  await page.getByRole('button', { name: 'Connect to a broker …' }).click();
  await page.getByLabel('Host').fill(url);
  await page.getByLabel('User name').fill('everybody');
  await page.getByLabel('Password of this broker', { exact: true }).fill('everybody-secret');
  await page.getByLabel('Topics').fill('signet/#');
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await page.getByText('Connected', { exact: true }).waitFor();
}

function runLoad(port: number, how: readonly number[]): Promise<number> {
  const child = spawn(process.execPath, [path.normalize(loadScript), String(port), ...how.map(String)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (bytes: Buffer) => (output += bytes.toString()));
  return new Promise((resolve, reject) => {
    child.once('exit', (code) =>
      code === 0 ? resolve(Number(output)) : reject(new Error(`load ended with ${code}`)),
    );
  });
}

/** Read off the raw view, where the page tells it itself; then back to the cards. */
async function taken(page: Page): Promise<number> {
  await page.getByRole('link', { name: 'Messages' }).click();
  const words = await page.getByText(/\d+ messages on \d+ topics/).textContent();
  await page.getByRole('link', { name: 'Devices', exact: true }).last().click();
  return Number(/(\d+) messages/.exec(words ?? '')?.[1]);
}

/** Chromium's count of seconds that the page's main thread spent in tasks, since it was opened. */
export async function taskSeconds(devtools: CDPSession): Promise<number> {
  const { metrics } = await devtools.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN;
}

/** Bytes of the page's heap after a collection. */
export async function heapBytes(devtools: CDPSession): Promise<number> {
  await devtools.send('HeapProfiler.collectGarbage');
  const { metrics } = await devtools.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? Number.NaN;
}

/** Begins to count frames and to take, at each frame, the age of what the cards show anew. */
export const watchScreen = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const seen = { frames: 0, startedMs: performance.now(), agesMs: [] as number[] };
    Object.assign(window, { seen });
    const shown = new Map<number, string>();
    const frame = (): void => {
      seen.frames += 1;
      document.querySelectorAll('ul[aria-label="Devices"] .value').forEach((element, i) => {
        const text = element.textContent;
        if (shown.get(i) === text) return;
        const isFirst = !shown.has(i);
        shown.set(i, text);
        const age = (Date.now() - Number.parseFloat(text) * 1000) % 100_000;
        if (!isFirst) seen.agesMs.push((age + 100_000) % 100_000);
      });
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });

export interface Screen {
  readonly framesPerSecond: number;
  /** Ascending. */
  readonly agesMs: readonly number[];
}

export const screenSeen = (page: Page): Promise<Screen> =>
  page.evaluate(() => {
    const { seen } = window as unknown as { seen: { frames: number; startedMs: number; agesMs: number[] } };
    const seconds = (performance.now() - seen.startedMs) / 1000;
    return { framesPerSecond: seen.frames / seconds, agesMs: seen.agesMs.toSorted((a, b) => a - b) };
  });
