/**
 * Live against a real Mosquitto over WSS: any broker typed in, devices that appear by themselves, what arrives raw, two tabs
 * on one connection, a broker that restarts, the wall, and the page without a network.
 */
import { expect, test, type BrowserContext, type Page } from '@playwright/test';
import { RealBroker } from '../interop/mqtt-link-broker.ts';
import { chromiumArguments } from '../playwright.config.ts';
import { createProject, download } from './support/journey.ts';
import { servePage, type PageServer } from './support/page-server.ts';
import { watch } from './support/watch.ts';

// Stands for a browser in which the person trusts the broker's authority; first-light.spec.ts does it with one that does.
test.use({
  actionTimeout: 15_000,
  launchOptions: {
    executablePath: '/usr/bin/chromium',
    args: [...chromiumArguments, '--ignore-certificate-errors'],
  },
  permissions: ['local-network-access'],
});

const broker = new RealBroker();
let server: PageServer;

test.beforeAll(async () => {
  server = await servePage();
  await broker.prepare();
  await broker.start();
});

test.afterAll(async () => {
  await server.close();
  await broker.remove();
});

interface Typed {
  readonly host?: string;
  readonly user?: string;
  readonly password?: string;
  readonly topics?: string;
}

async function openLive(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${server.origin}/index.html#/live`);
  return page;
}

async function connectTo(page: Page, typed: Typed = {}): Promise<void> {
  await page.getByRole('button', { name: 'Connect to a broker …' }).click();
  await page.getByLabel('Host').fill(typed.host ?? broker.url);
  await page.getByLabel('User name').fill(typed.user ?? 'everybody');
  await page
    .getByLabel('Password of this broker', { exact: true })
    .fill(typed.password ?? 'everybody-secret');
  await page.getByLabel('Topics').fill(typed.topics ?? '#');
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
}

const card = (page: Page, name: string) =>
  page.getByRole('list', { name: 'Devices' }).getByRole('link', { name });
const connected = (page: Page) =>
  expect(page.getByText('Connected', { exact: true })).toBeVisible({ timeout: 20_000 });

test('devices appear by themselves on a broker that was typed in, and what cannot be read breaks nothing', async ({
  context,
}) => {
  const page = await openLive(context);
  const seen = watch(page, server.origin);
  await connectTo(page);
  await connected(page);
  await expect(page.getByText('Connected, nothing heard yet')).toBeVisible();

  await test.step('in whatever form they speak', async () => {
    broker.publish(
      'tele/tasmota_1/SENSOR',
      '{"Time":"2026-11-25T12:00:00","AM2301":{"Temperature":21.5,"Humidity":40}}',
    );
    broker.publish('home/attic/temperature', '18.25');
    broker.publish('iot-2/evt/status/fmt/json', '{"d":{"temp":23.5,"humidity":41}}');
    broker.publish('signet/shed/door-1/tele', `{"v":1,"n":"${'a'.repeat(16)}","q":1,"temperature":4.5}`);
    broker.publish(
      'homeassistant/sensor/mast/t/config',
      '{"stat_t":"mast/state","unit_of_meas":"hPa","dev_cla":"pressure","val_tpl":"{{ value_json.p }}","dev":{"ids":["m1"],"name":"Weather mast"}}',
      { retain: true },
    );
    broker.publish('mast/state', '{"p":1013.25}');
    await expect(card(page, 'tasmota_1')).toContainText('21.5 °C');
    await expect(card(page, 'tasmota_1')).toContainText('Humidity 40 %');
    await expect(card(page, 'home/attic')).toContainText('18.3 °C');
    await expect(card(page, 'iot-2')).toContainText('23.5 °C');
    await expect(card(page, 'shed/door-1')).toContainText('4.5 °C');
    await expect(card(page, 'Weather mast')).toContainText('1013.3 hPa');
  });

  await test.step('and stay right among huge, binary and broken payloads', async () => {
    broker.publish('junk/binary', Buffer.from([0, 255, 254, 128, 10, 13]));
    broker.publish('junk/huge', Buffer.alloc(600_000, 0x39));
    broker.publish('junk/deep', `${'['.repeat(50_000)}1${']'.repeat(50_000)}`);
    broker.publish('junk/nan', '{"temperature":NaN}');
    broker.publish('junk/large', '{"temperature":1e308,"__proto__":{"x":1}}');
    broker.publish('tele/tasmota_1/SENSOR', '{"AM2301":{"Temperature":22.5}}');
    await expect(card(page, 'tasmota_1')).toContainText('22.5 °C');
    await expect(card(page, 'junk')).toHaveCount(0);
  });

  await test.step('everything is there raw: tree, payload as JSON and hex, kept flag, filter, pause', async () => {
    await page.getByRole('link', { name: 'Messages' }).click();
    await page.getByLabel('Filter topics').fill('mast');
    await expect(page.getByRole('list', { name: 'Topics' }).getByRole('button')).toHaveCount(2);
    await page.getByRole('button', { name: /^mast\/state/ }).click();
    await expect(page.getByRole('region', { name: 'Messages of mast/state' })).toContainText('"p": 1013.25');
    await page.getByRole('button', { name: 'Hex' }).click();
    await expect(page.getByRole('region', { name: 'Messages of mast/state' })).toContainText('7b 22 70 22');
    await page.getByRole('button', { name: 'Pause' }).click();
    broker.publish('mast/state', '{"p":999}');
    await expect(page.getByRole('button', { name: /^mast\/state/ })).toContainText('1013.25');
    await page.getByRole('button', { name: 'Go on' }).click();
    await expect(page.getByRole('button', { name: /^mast\/state/ })).toContainText('999');
    await page.getByLabel('Filter topics').fill('junk binary');
    await page.getByRole('button', { name: /^junk\/binary/ }).click();
    await expect(page.getByRole('region', { name: 'Messages of junk/binary' })).toContainText('00 ff fe 80');
    await page.getByRole('link', { name: 'Devices', exact: true }).last().click();
  });

  await test.step('on the wall too, which Escape leaves', async () => {
    await page.getByRole('link', { name: 'Wall view' }).click();
    await expect(page.getByRole('region', { name: 'Wall view' })).toContainText('22.5 °C');
    await page.keyboard.press('Escape');
    await expect(page.getByRole('heading', { name: 'Live', exact: true })).toBeVisible();
  });
  expect(seen.complaints, 'no error, no broken policy').toEqual([]);
});

test('two tabs share one connection, and the second goes on within two seconds when the first is closed', async ({
  context,
}) => {
  const first = await openLive(context);
  await connectTo(first);
  await connected(first);
  const second = await openLive(context);
  await connectTo(second);
  await expect(second.getByText('Connected, through another tab')).toBeVisible();
  broker.publish('home/hall/temperature', '20');
  await expect(card(first, 'home/hall')).toContainText('20.0 °C');
  await expect(card(second, 'home/hall')).toContainText('20.0 °C');
  const closedMs = Date.now();
  await first.close();
  await connected(second);
  expect(Date.now() - closedMs).toBeLessThan(2_000);
  broker.publish('home/hall/temperature', '21');
  await expect(card(second, 'home/hall')).toContainText('21.0 °C');
});

test('a broker that restarts and an outage are told, and readings go on by themselves', async ({
  context,
}) => {
  const page = await openLive(context);
  await connectTo(page);
  await connected(page);
  broker.publish('home/hall/temperature', '20');
  await expect(card(page, 'home/hall')).toContainText('20.0 °C');
  await broker.stop();
  await expect(page.getByText(/Trying again in \d+ s/)).toBeVisible();
  await broker.start();
  await connected(page);
  broker.publish('home/hall/temperature', '22');
  await expect(card(page, 'home/hall')).toContainText('22.0 °C');
});

test('what a broker refuses is said in plain words', async ({ context }) => {
  const page = await openLive(context);
  await connectTo(page, { password: 'wrong' });
  await expect(page.getByText('Password refused')).toBeVisible();
  await page.reload();
  await page.getByRole('button', { name: 'Connect to a broker …' }).click();
  await page.getByLabel('Host').fill('ws://pi.local:9001');
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await expect(page.getByRole('alert')).toContainText('not encrypted');
});

test('the page starts without a network, the demo too, and a newer one is used only after a yes', async ({
  context,
}) => {
  const page = await openLive(context);
  await expect(page.getByRole('button', { name: 'Connect to a broker …' })).toBeVisible();
  await page.evaluate(async () => {
    const { active } = await navigator.serviceWorker.ready;
    if (active?.state !== 'activated')
      await new Promise((done) => active?.addEventListener('statechange', done));
  });
  server.setReachable(false);
  await page.reload();
  await expect(page.getByRole('button', { name: 'Connect to a broker …' })).toBeVisible();
  await page.goto(`${server.origin}/demo.html`);
  await page.getByRole('button', { name: 'New project' }).click();
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Use a virtual board' })).toBeVisible({ timeout: 30_000 });
  server.setReachable(true);

  server.publishNewer();
  await page.goto(`${server.origin}/index.html#/live`);
  await expect(async () => {
    await page.evaluate(async () => void (await navigator.serviceWorker.ready).update());
    await expect(page.getByText(/A newer version of this page is here/)).toBeVisible({ timeout: 4_000 });
  }).toPass({ timeout: 30_000 });
  await page.reload();
  await expect(page).toHaveTitle('Signet');
  await page.getByRole('button', { name: 'Use the newer version' }).click({ timeout: 20_000 });
  await expect(page).toHaveTitle('Signet, newer');
});

test('a Live pass opens Live on another computer, by file or link, and nothing else of the project', async ({
  page,
  browser,
}) => {
  await page.goto(server.origin);
  await createProject(page);
  await page.getByRole('link', { name: 'Live', exact: true }).click();
  await page.getByRole('button', { name: 'Live pass …' }).click();
  await page.getByRole('button', { name: 'Make the pass' }).click();
  const code = await page.locator('.code').textContent();
  const saved = await download(page, page.getByRole('button', { name: 'Save the pass' }));
  expect(saved.name).toBe('porch-live.signet-pass');
  await expect(page.getByRole('img', { name: 'The pass as a QR code' })).toBeVisible();

  const elsewhere = await browser.newContext();
  const other = await openLive(elsewhere);
  await other.getByRole('button', { name: 'Open a Live pass …' }).click();
  await other
    .getByLabel('The pass', { exact: true })
    .setInputFiles({ name: saved.name, mimeType: 'application/json', buffer: saved.bytes });
  await other.getByLabel('Its code').fill('WRNG-WRNG-WRNG-WRNG');
  await other.getByRole('button', { name: 'Open', exact: true }).click();
  await expect(other.getByRole('alert')).toContainText('does not open this pass', { timeout: 15_000 });
  await other.getByLabel('Its code').fill(code ?? '');
  await other.getByRole('button', { name: 'Open', exact: true }).click();
  await expect(card(other, 'porch-1')).toBeVisible({ timeout: 15_000 });
  await expect(other.getByText('wss://pi.local:8884')).toBeVisible();
  await other.getByRole('link', { name: 'Trust', exact: true }).click();
  await expect(other.getByText('No project yet')).toBeVisible();

  await other.goto(`${server.origin}/index.html#/live`);
  await other.reload();
  await expect(other.getByText('A pass is here.')).toBeVisible();
  const stored = await other.evaluate(() => JSON.stringify(Object.entries(localStorage)));
  expect(stored, 'it is kept as it came').not.toContain('password');

  const tablet = await browser.newContext();
  const wall = await tablet.newPage();
  const link = `#/live/!pass/${saved.bytes.toString('base64url')}`;
  await wall.goto(`${server.origin}/index.html${link}`);
  await expect(wall.getByText('A pass is here.')).toBeVisible();
  await wall.getByLabel('Its code').fill(code ?? '');
  await wall.getByRole('button', { name: 'Open', exact: true }).click();
  await expect(card(wall, 'porch-1')).toBeVisible({ timeout: 15_000 });
  expect(new URL(wall.url()).hash, 'the pass does not stay in the address').toBe('#/live');
  await Promise.all([elsewhere.close(), tablet.close()]);
});
