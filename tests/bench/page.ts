/**
 * Bytes of the page after gzip -9: what Chromium asks for until the first screen of a browser without a project stands
 * (HTML, JS, CSS), and all there is of these. The page is built in the same run; so is the empty Svelte page beside it.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { note, type Bench } from './support/bench.ts';
import { buildInto, pageFiles, serveFolder, temporaryFolder } from './support/built-page.ts';
import { withChromium } from './support/chromium.ts';

interface PageSizes {
  /** Bytes sent for each file until the network is idle. */
  readonly firstLoad: ReadonlyMap<string, number>;
  readonly all: ReadonlyMap<string, number>;
}

const YARDSTICK = 'empty Svelte page';

async function sizesOf(folder: string, firstScreen: string): Promise<PageSizes> {
  const server = await serveFolder(folder);
  try {
    await withChromium(async (browser) => {
      const page = await browser.newPage();
      await page.goto(server.origin);
      await page.getByRole('heading', { level: 1, name: firstScreen }).waitFor();
      await page.waitForLoadState('networkidle');
    });
    return { firstLoad: server.sent, all: pageFiles(folder) };
  } finally {
    await server.close();
  }
}

async function signet(): Promise<PageSizes> {
  const { folder, dispose } = temporaryFolder();
  try {
    await buildInto(folder);
    const sizes = await sizesOf(folder, 'Secure ESP8266 devices');
    for (const [name, bytes] of largestFirst(sizes.firstLoad)) note(`  first load: ${bytes} ${name}`);
    return sizes;
  } finally {
    dispose();
  }
}

async function emptyPage(): Promise<PageSizes> {
  const { folder, dispose } = temporaryFolder();
  try {
    const source = path.join(folder, 'source');
    mkdirSync(source);
    const files = {
      'index.html':
        '<!doctype html><title>Empty</title><div id="app"></div><script type="module" src="/main.js"></script>',
      'main.js': `import { mount } from 'svelte';\nimport App from './App.svelte';\nmount(App, { target: document.getElementById('app') });`,
      'App.svelte': '<h1>Empty</h1>',
      'vite.config.js': `import { svelte } from '@sveltejs/vite-plugin-svelte';\nexport default { plugins: [svelte({ configFile: false })], build: { target: 'es2022', modulePreload: { polyfill: false } } };`,
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(source, name), text);
    const built = path.join(folder, 'built');
    await buildInto(built, source);
    return await sizesOf(built, 'Empty');
  } finally {
    dispose();
  }
}

const sum = (files: ReadonlyMap<string, number>): number =>
  [...files.values()].reduce((total, bytes) => total + bytes, 0);

const largestFirst = (files: ReadonlyMap<string, number>): [string, number][] =>
  [...files].sort(([, a], [, b]) => b - a);

let measured: Promise<[PageSizes, PageSizes]> | null = null;
const sizes = (): Promise<[PageSizes, PageSizes]> => (measured ??= both());

async function both(): Promise<[PageSizes, PageSizes]> {
  return [await signet(), await emptyPage()];
}

const bench = (name: string, part: (of: PageSizes) => ReadonlyMap<string, number>): Bench => ({
  name,
  unit: 'bytes',
  async run() {
    const [own, empty] = await sizes();
    return { value: sum(part(own)), yardstick: { name: YARDSTICK, value: sum(part(empty)) } };
  },
});

export const benches: readonly Bench[] = [
  bench('page.first-load-gz', ({ firstLoad }) => firstLoad),
  bench('page.all-gz', ({ all }) => all),
];
