// IndexedDB, BroadcastChannel and Web Locks as Chromium has them: nothing here can be tried in Node.
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from '@playwright/test';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ProjectForm } from '../../src/workflows/project-form.ts';
import { bundlePage } from '../fixtures/bundled-page.ts';
import type { BundledPage } from '../fixtures/bundled-page.ts';
import { behaviours } from '../fixtures/project-store-behaviour.ts';
import type { StoragePage } from '../fixtures/storage-page.ts';

declare const storagePage: StoragePage;

const passphrase = 'copper window marathon biscuit';
const form: ProjectForm = {
  projectName: 'Porch',
  hosts: ['pi.local'],
  wifiSsid: 'Gartenzaun',
  wifiPassword: 'wlan-canary-7431',
  deviceName: 'Porch 1',
  sensor: 'dht22',
  passphrase,
};

let site: BundledPage;
let page: Page;

beforeAll(async () => {
  site = await bundlePage('tests/fixtures/storage-page.ts');
});
beforeEach(async () => {
  page = await site.open();
});
afterAll(() => site.close());

describe('the store in IndexedDB', () => {
  for (const name of Object.keys(behaviours)) {
    it(name, () => page.evaluate((behaviour) => storagePage.behave(behaviour), name));
  }

  it('says so when a newer page has changed the database', async () => {
    expect(await page.evaluate(() => storagePage.openOlder('older'))).toBe('storage.unavailable');
  });

  it('saves all or nothing when the browser has no space left', async () => {
    // Another origin, limited before it stores anything: Chromium caches how much is left.
    const url = new URL(site.url);
    url.hostname = 'localhost';
    const session = await page.context().newCDPSession(page);
    await session.send('Storage.overrideQuotaForOrigin', { origin: url.origin, quotaSize: 4_000_000 });
    await page.goto(url.href);
    const before = await page.evaluate(() => storagePage.commitLarge('quota', 0, 10));
    expect(before).toEqual({ result: '1', records: 2, revision: 1 });
    const full = await page.evaluate(() => storagePage.commitLarge('quota', 1, 8_000_000));
    expect(full).toEqual({ result: 'storage.full', records: 2, revision: 1 });
    const after = await page.evaluate(() => storagePage.commitLarge('quota', 1, 20));
    expect(after).toEqual({ result: '2', records: 4, revision: 2 });
  });
});

describe('a project made in the browser', () => {
  const wifiPassword = (on: string, phrase: string | null): Promise<string> =>
    page.evaluate(([name, word]) => storagePage.wifiPassword(name, 'porch', word), [on, phrase] as const);
  const make = (name: string, given: ProjectForm): Promise<string> =>
    page.evaluate(([database, of]) => storagePage.create(database, of), [name, given] as const);

  it('survives a restart of the browser, locked', async () => {
    expect(await make('locked', form)).toBe('porch');
    await site.restartBrowser();
    page = await site.open();
    expect(await wifiPassword('locked', null)).toBe('vault.locked');
    expect(await wifiPassword('locked', 'copper window marathon')).toBe('vault.wrong-passphrase');
    expect(await wifiPassword('locked', passphrase)).toBe('wlan-canary-7431');
    expect(
      await page.evaluate(([p]) => storagePage.addDevice('locked', 'porch', p), [passphrase] as const),
    ).toBe('door-1');
  });

  it('leaves no key or password in the profile on disk', async () => {
    const name = 'Zaunk\u00f6nig-marker';
    await make('on disk', { ...form, projectName: name, wifiSsid: 'ssid-marker-5520' });
    await site.restartBrowser();
    const disk = await filesUnder(site.profile);
    const find = (text: string): boolean =>
      disk.some(
        (file) =>
          file.includes(text, 0, 'latin1') || file.includes(text, 0, 'utf16le') || file.includes(text),
      );
    // What is no secret is found: the search works.
    expect(find('ssid-marker-5520')).toBe(true);
    expect(find('project created')).toBe(true);
    for (const secret of ['wlan-canary', passphrase, 'BEGIN PRIVATE KEY', 'BEGIN EC PRIVATE']) {
      expect(find(secret), secret).toBe(false);
    }
    // PKCS#8 of a P-256 key begins with these bytes whatever the key.
    const pkcs8Head = Buffer.from(
      '308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420',
      'hex',
    );
    expect(disk.some((file) => file.includes(pkcs8Head))).toBe(false);
  });

  it('without a passphrase opens again by a key that script cannot export, and takes it along when deleted', async () => {
    await make('open', { ...form, passphrase: null });
    await site.restartBrowser();
    page = await site.open();
    expect(await wifiPassword('open', null)).toBe('wlan-canary-7431');
    const kept = () => page.evaluate(() => storagePage.keptKeys('open'));
    expect(await kept()).toEqual({ count: 1, extractable: [false] });
    await page.evaluate(() => storagePage.deleteProject('open', 'porch'));
    expect(await kept()).toEqual({ count: 0, extractable: [] });
    expect(await wifiPassword('open', null)).toBe('storage.not-found');
  });

  it('never has its browser key replaced', async () => {
    expect(await page.evaluate(() => storagePage.replaceKey('keys'))).toBe('storage.conflict');
  });
});

describe('two tabs', () => {
  it("hear of each other's commits", async () => {
    const other = await site.open();
    await page.evaluate(() => storagePage.watch('tabs', 'porch'));
    expect(await other.evaluate(() => storagePage.commitNote('tabs', 'porch', 0))).toBe('1');
    expect(await other.evaluate(() => storagePage.commitNote('tabs', 'porch', 0))).toBe('storage.conflict');
    expect(await other.evaluate(() => storagePage.commitNote('tabs', 'porch', 1))).toBe('2');
    await page.waitForFunction(() => storagePage.heard().length >= 2);
    expect(await page.evaluate(() => storagePage.heard())).toEqual([1, 2]);
  });

  it('hold a lease one after the other, also when the first tab just closes', async () => {
    const holder = await site.open();
    await holder.evaluate(() => storagePage.hold('port'));
    await page.evaluate(() => storagePage.tryHold('port'));
    const waiting = await page.evaluate(async () =>
      (await navigator.locks.query()).pending?.map((lock) => lock.name),
    );
    expect(waiting).toEqual(['test:port']);
    expect(await page.evaluate(() => storagePage.isHeld())).toBe(false);
    await holder.close();
    await page.waitForFunction(() => storagePage.isHeld());
  });
});

async function filesUnder(folder: string): Promise<Buffer[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  // Some of the profile's files come and go while Chromium runs.
  return (await Promise.all(files.map((file) => readFile(file).catch(() => null)))).filter(
    (file) => file !== null,
  );
}
