/**
 * The tab is killed at every step of a renewal, before and after the step is stored, in real Chromium with a real
 * Mosquitto and the firmware with BearSSL: the next tab goes on by itself. Simulated: the USB cable.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { layoutNamed } from '../../src/contract/flash-layouts.ts';
import type { RotationState } from '../../src/project/rotation.ts';
import { VirtualBoard } from '../../src/virtual-board/virtual-board.ts';
import { freePorts, startBundle, type RunningBroker } from './support/broker.ts';
import { openBrowser, type OwnBrowser } from './support/browser.ts';
import { HostFirmware } from './support/host-firmware.ts';
import { createButton, download, fillForm, openStep, writeButton } from './support/journey.ts';
import { servePage, type PageServer } from './support/page-server.ts';
import { plugIn } from './support/usb-cable.ts';

test.use({ actionTimeout: 20_000 });

const host = 'broker.local';
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

/** A written board behind a running broker that the browser trusts. */
async function ready(folder: string): Promise<void> {
  const ports = await freePorts(2);
  const at = { host, port: ports[0] ?? 0 };
  const layout = layoutNamed('4m2m');
  board = new VirtualBoard({
    application: new HostFirmware({ layout, broker: at, temperature: 23.4, humidity: 41 }),
    seed: 7,
  });
  const page = await browser.context.newPage();
  await plugIn(page, board.port);
  await page.goto(server.origin);
  await page.getByRole('button', { name: 'New project' }).click();
  await fillForm(page, { hosts: host });
  await page.getByText('Ports of the broker').click();
  await page.getByLabel('Port for devices').fill(String(ports[0]));
  await page.getByLabel('Port for browsers').fill(String(ports[1]));
  await createButton(page).click();
  await page.getByLabel('Firmware', { exact: true }).selectOption('published');
  await page.getByRole('button', { name: 'Connect board' }).click();
  await writeButton(page).click({ timeout: 60_000 });
  await expect(page.getByText(/Done: the/)).toBeVisible({ timeout: 90_000 });
  await openStep(page, 'Broker');
  const bundle = await download(page, page.getByRole('button', { name: 'Get broker files' }));
  const zip = path.join(folder, bundle.name);
  await writeFile(zip, bundle.bytes);
  broker = await startBundle(zip, ports);
  await openStep(page, 'Browser');
  const authority = await download(page, page.getByRole('button', { name: /^Download .*web-authority/ }));
  const pem = path.join(folder, authority.name);
  await writeFile(pem, authority.bytes);
  browser.trust(pem);
  await browser.restart();
}

type When = 'before' | 'after';

/** A tab that is dead from the moment at which it stores `state`; resolves when it is. */
async function doomedTab(state: RotationState, when: When): Promise<{ page: Page; death: Promise<void> }> {
  const page = await browser.context.newPage();
  let died = (): void => undefined;
  const death = new Promise<void>((resolve) => (died = resolve));
  await page.exposeFunction('died', () => died());
  await page.addInitScript(
    ([wanted, moment]) => {
      // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the store it is asked of, below
      const { put } = IDBObjectStore.prototype;
      let isDead = false;
      IDBObjectStore.prototype.put = function (this: IDBObjectStore, value: unknown, key?: IDBValidKey) {
        if (isDead) throw new DOMException('the tab is gone');
        const stored = value as { project?: { rotations?: { state: string }[] } };
        isDead = stored.project?.rotations?.[0]?.state === wanted;
        if (isDead) setTimeout(() => (window as unknown as { died(): void }).died(), 200);
        if (isDead && moment === 'before') throw new DOMException('the tab is gone');
        return put.call(this, value, key);
      };
    },
    [state, when] as const,
  );
  return { page, death };
}

const storedState = (page: Page): Promise<RotationState | null> =>
  page.evaluate(async () => {
    const opened = indexedDB.open('signet');
    await new Promise((resolve) => (opened.onsuccess = resolve));
    const all = opened.result.transaction('projects').objectStore('projects').getAll();
    await new Promise((resolve) => (all.onsuccess = resolve));
    opened.result.close();
    const [first] = all.result as { project: { rotations: { state: RotationState }[] } }[];
    return first?.project.rotations[0]?.state ?? null;
  });

test('a tab killed at every step of a renewal goes on in the next one, to the end', async ({}, info) => {
  test.setTimeout(300_000);
  await mkdir(info.outputDir, { recursive: true });
  await ready(info.outputDir);
  const steps = ['csr-received', 'issued', 'delivered', 'trying', 'kept', 'old-revoked'] as const;
  let isBegun = false;
  for (const step of steps) {
    for (const when of ['before', 'after'] as const) {
      await test.step(`${when} ${step} is stored`, async () => {
        const { page, death } = await doomedTab(step, when);
        await page.goto(`${server.origin}/#/devices/porch-1/certificate`);
        if (!isBegun) {
          await page.getByLabel(/is revoked as soon as the new one is kept/).check();
          await page.getByRole('button', { name: 'Renew over MQTT' }).click();
          isBegun = true;
        }
        await death;
        const state = await storedState(page);
        if (when === 'after') expect(state).toBe(step);
        else expect(state).not.toBe(step);
        await page.close();
      });
    }
  }
  await test.step('it is over, once and whole', async () => {
    const page = await browser.context.newPage();
    await page.goto(`${server.origin}/#/devices/porch-1/certificate`);
    const rotation = page.getByRole('region', { name: 'New certificate over MQTT' });
    await expect(rotation.getByText('Kept, old one revoked')).toBeVisible();
    await expect(rotation.getByRole('listitem')).toHaveCount(7);
    await expect(page.getByText('made on the chip, and only there')).toBeVisible();
    await page.getByRole('link', { name: 'Live', exact: true }).click();
    const card = page.getByRole('article').filter({ hasText: 'porch-1' });
    await expect(card.getByText('Online')).toBeVisible({ timeout: 30_000 });
  });
});
