/**
 * The newcomer's journey on the production build in real Chromium. Real: esptool-js, Mosquitto started by the downloaded
 * bundle, BearSSL under the firmware's own core, the browser's certificate store. Simulated: the USB cable.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, test, type Locator, type Page } from '@playwright/test';
import { brokerPaths } from '../../src/broker/bundle-layout.ts';
import { layoutNamed } from '../../src/contract/flash-layouts.ts';
import { VirtualBoard } from '../../src/virtual-board/virtual-board.ts';
import { freePorts, startBundle, type RunningBroker } from './support/broker.ts';
import { openBrowser, type OwnBrowser } from './support/browser.ts';
import { HostFirmware } from './support/host-firmware.ts';
import { servePage, type PageServer } from './support/page-server.ts';
import { plugIn } from './support/usb-cable.ts';

const host = 'broker.local';
const layout = layoutNamed('4m2m');
const canary = { ssid: 'Signet canary network', psk: 'canary-psk-4711' };

let server: PageServer;
let browser: OwnBrowser;
let broker: RunningBroker | null = null;
let board: VirtualBoard | null = null;

test.beforeAll(async () => {
  server = await servePage();
  browser = await openBrowser(host);
});

test.afterAll(async () => {
  board?.stop();
  await broker?.stop();
  await browser.close();
  await server.close();
});

async function createProject(page: Page, ports: readonly number[]): Promise<void> {
  await page.getByRole('button', { name: 'New project' }).click();
  await page.getByLabel('Project name').fill('Porch');
  await page.getByLabel('Broker host names').fill(`${host}, 192.168.7.20`);
  await page.getByLabel('Wi-Fi name').fill(canary.ssid);
  await page.getByLabel('Wi-Fi password', { exact: true }).fill(canary.psk);
  await page.getByLabel('Device name').fill('porch-1');
  await page.getByText('Ports of the broker').click();
  await page.getByLabel('Port for devices').fill(String(ports[0]));
  await page.getByLabel('Port for browsers').fill(String(ports[1]));
  await page.getByRole('button', { name: 'Create', exact: true }).click();
}

async function download(page: Page, button: string | RegExp, folder: string): Promise<string> {
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: button }).click(),
  ]);
  const target = path.join(folder, file.suggestedFilename());
  await file.saveAs(target);
  return target;
}

/** Watches a page for requests to strangers and for anything that went wrong. */
function watch(page: Page): { readonly foreign: string[]; readonly complaints: string[] } {
  const foreign: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (origin !== server.origin && protocol !== 'blob:' && protocol !== 'data:') foreign.push(request.url());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    // The browser itself reports each handshake it refused, and each port that did not open when the doctor knocked.
    const isExpected = /WebSocket connection to 'wss:.*ERR_\w+/.test(message.text());
    if (message.type() === 'error' && !isExpected) complaints.push(message.text());
  });
  return { foreign, complaints };
}

test('a newcomer goes from an empty page to live readings and an answered command', async ({}, info) => {
  const ports = await freePorts(2);
  const [devicePort = 0] = ports;
  const firmware = new HostFirmware({
    layout,
    broker: { host, port: devicePort },
    temperature: 23.4,
    humidity: 41,
  });
  board = new VirtualBoard({ application: firmware, seed: 7 });
  let page = await browser.context.newPage();
  const before = watch(page);
  await plugIn(page, board.port);
  await page.goto(server.origin);

  await test.step('the project is made and survives a reload', async () => {
    await createProject(page, ports);
    await expect(page.getByRole('heading', { name: 'Porch' })).toBeVisible();
    await page.reload();
    await expect(page.getByRole('heading', { name: 'Porch' })).toBeVisible();
    await expect(page.getByRole('button', { name: 'Not locked' })).toBeVisible();
  });

  await test.step('the board is written through esptool-js and verified', async () => {
    // The cable's other end is virtual, and so must the image be: this release has none for a chip.
    await page.getByLabel('Firmware', { exact: true }).selectOption('published');
    await page.getByRole('button', { name: 'Connect board' }).click();
    await expect(page.getByText('ESP8266EX · 4 MB')).toBeVisible();
    await page.getByRole('button', { name: 'Write', exact: true }).click();
    await expect(page.getByText(/Done: the/)).toBeVisible({ timeout: 90_000 });
  });

  const stage = (name: RegExp): Locator =>
    page.getByRole('list', { name: 'Bring-up' }).getByRole('listitem').filter({ hasText: name });

  await test.step('the first reading comes over the cable, before any broker runs', async () => {
    await expect(page.getByText('23.4 °C', { exact: true })).toBeVisible({ timeout: 20_000 });
    await expect(page.getByText('Done: the device is ready')).toBeVisible();
    await expect(stage(/^Wi-Fi/)).toContainText('OK');
    await expect(page.locator('body')).not.toContainText(canary.psk);
  });

  await test.step('the downloaded bundle starts a real Mosquitto', async () => {
    await page.getByRole('button', { name: /Broker/ }).click();
    broker = await startBundle(await download(page, 'Get broker files', info.outputDir), ports);
  });

  await test.step('the device reaches the broker over mutual TLS', async () => {
    await page.getByRole('button', { name: /Board/ }).click();
    await expect(stage(/^TLS/)).toContainText('OK', { timeout: 90_000 });
    await expect(stage(/^TLS/)).not.toContainText('Simulated');
    await expect(stage(/^Broker(?!')/)).toContainText('OK');
  });

  await test.step('without trust the page says what is missing', async () => {
    await page.getByRole('link', { name: 'Live' }).click();
    await expect(page.getByText(/Trying again/)).toBeVisible({ timeout: 20_000 });
    await page.getByRole('link', { name: 'Check my broker' }).click();
    await expect(page.locator('[data-cause]').first()).toContainText('does not trust the web authority', {
      timeout: 30_000,
    });
    await page.getByRole('link', { name: 'Trust', exact: true }).click();
    browser.trust(await download(page, /Download porch-web-authority/, info.outputDir));
  });

  await test.step('with trust, in the browser opened again, the project is there and the page connects', async () => {
    await browser.restart();
    page = await browser.context.newPage();
    await page.goto(server.origin);
    await page.getByRole('link', { name: 'Live' }).click();
    await expect(page.getByText('Connected', { exact: true })).toBeVisible({ timeout: 30_000 });
  });
  const after = watch(page);
  const card = page.getByRole('article').filter({ hasText: 'porch-1' });

  await test.step('readings arrive live over WSS', async () => {
    await expect(card.getByText('Online')).toBeVisible({ timeout: 30_000 });
    await expect(card.getByText('23.4 °C')).toBeVisible({ timeout: 30_000 });
    await expect(card.getByText('41 %')).toBeVisible();
    await expect(card.getByRole('img', { name: /Chart/ })).toBeVisible({ timeout: 30_000 });
  });

  await test.step('a signed command goes to the device and its answer comes back', async () => {
    await card.getByRole('button', { name: 'LED on' }).click();
    await expect(card.getByText(/^Done, \d+ ms$/)).toHaveCount(1, { timeout: 20_000 });
    await card.getByPlaceholder('Text for the display').fill('Hello porch');
    await card.getByRole('button', { name: 'Show', exact: true }).click();
    await expect(card.getByText(/^Done, \d+ ms$/)).toHaveCount(2, { timeout: 20_000 });
    expect(firmware.output.join('')).toContain('Hello porch');
  });

  await test.step('the last will shows a device that lost its power', async () => {
    board?.stop();
    await expect(card.getByText(/^Offline since/)).toBeVisible({ timeout: 30_000 });
  });

  expect(
    [...before.foreign, ...after.foreign],
    'the page talks to nobody but its host and the broker',
  ).toEqual([]);
  expect([...before.complaints, ...after.complaints], 'no error, no broken policy').toEqual([]);
});

test('OpenSSL judges the chains of the bundle that the journey downloaded', () => {
  const at = (name: string): string => path.join(broker?.folder ?? '', name);
  const { serverAuthority, clientAuthority, deviceListener, webListener } = brokerPaths;
  const verify = (authority: string, certificate: string, ...more: string[]): string => {
    const args = [
      'verify',
      '-x509_strict',
      '-purpose',
      'sslserver',
      ...more,
      '-CAfile',
      authority,
      certificate,
    ];
    const { stdout, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
    return stdout + stderr;
  };
  const shown = { device: at(`mosquitto/${deviceListener}`), web: at(`mosquitto/${webListener}`) };
  const server = at(`mosquitto/${serverAuthority}`);
  expect(verify(server, shown.device, '-verify_hostname', host)).toContain(': OK');
  expect(verify(server, shown.device, '-verify_hostname', '192.168.7.20')).toContain(': OK');
  expect(verify(at('web-ca.crt'), shown.web, '-verify_hostname', host)).toContain(': OK');
  expect(verify(at('web-ca.crt'), shown.web, '-verify_ip', '192.168.7.20')).toContain(': OK');
  expect(verify(at('web-ca.crt'), shown.web, '-verify_hostname', 'example.org')).toContain(
    'hostname mismatch',
  );
  expect(verify(at(`mosquitto/${clientAuthority}`), shown.device)).toContain('error');
  expect(verify(at('web-ca.crt'), shown.device)).toContain('error');
});
