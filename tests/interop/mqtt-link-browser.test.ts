// The MQTT adapter as Vite bundles it, in real Chromium, against a real Mosquitto over WSS.
import { chromium, type Browser, type Page } from '@playwright/test';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundlePage, type BundledPage } from '../fixtures/bundled-page.ts';
import type { MqttPage } from '../fixtures/mqtt-page.ts';
import { RealBroker } from './mqtt-link-broker.ts';

declare const mqttPage: MqttPage;

const broker = new RealBroker();
const login = { clientId: 'dashboard-browser', username: 'dashboard', password: 'dashboard-secret' };
let bundled: BundledPage;
let trusting: Browser;

beforeAll(async () => {
  await broker.prepare();
  await broker.start();
  bundled = await bundlePage('tests/fixtures/mqtt-page.ts');
  // Stands for a browser in which the person trusts the broker's authority; the product has no such switch.
  trusting = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    chromiumSandbox: false,
    args: [
      '--disable-gpu',
      '--disable-quic',
      '--disable-background-networking',
      '--ignore-certificate-errors',
    ],
  });
});
afterAll(async () => {
  await trusting.close();
  await bundled.close();
  await broker.remove();
});

async function connected(password = login.password): Promise<Page> {
  const page = await trusting.newPage();
  await page.goto(bundled.url);
  await dial(page, password);
  return page;
}

const dial = (page: Page, password: string): Promise<void> =>
  page.evaluate(([url, as]) => mqttPage.open(url, as, ['signet/porch/+/tele']), [
    broker.url,
    { ...login, password },
  ] as const);

const seen = (page: Page, list: 'states' | 'messages', text: string) =>
  page.waitForFunction(([name, wanted]) => mqttPage[name].includes(wanted), [list, text] as const);

describe('the adapter in Chromium', () => {
  it('connects with mqtt.js’s browser build, receives a reading, and is told what the ACL refuses', async () => {
    const page = await connected();
    await seen(page, 'states', 'connected');
    broker.publishAsDevice('tele', '{"temperature":21.5}');
    await seen(page, 'messages', 'signet/porch/porch-1/tele {"temperature":21.5}');
    expect(await page.evaluate(() => mqttPage.publish('signet/porch/porch-1/tele', 'x'))).toBe(135);
    expect(await page.evaluate(() => mqttPage.publish('signet/porch/porch-1/cmd', 'x'))).toBe(16);
  });

  it('is refused for a wrong password', async () => {
    const page = await connected('wrong');
    await seen(page, 'states', 'refused password');
  });

  it('cannot reach a broker whose authority this browser does not trust', async () => {
    const page = await bundled.open();
    await dial(page, login.password);
    await seen(page, 'states', 'waiting unreachable');
  });
});
