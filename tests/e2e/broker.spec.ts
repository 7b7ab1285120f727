/** The Broker place on the production build in real Chromium; a real Mosquitto is the judge of what it hands out. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test, type Locator, type Page } from '@playwright/test';
import { connect, publishReason } from '../interop/broker-bench.ts';
import { installAxe, violations } from './support/axe.ts';
import { freePorts, startBundle } from './support/broker.ts';
import { createButton, download, fillForm, overflowPx } from './support/journey.ts';
import { servePage, type PageServer } from './support/page-server.ts';
import { watch } from './support/watch.ts';

test.use({ actionTimeout: 15_000 });

let server: PageServer;
let folder: string;

test.beforeAll(async () => {
  server = await servePage();
});
test.afterAll(() => server.close());
test.beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'signet-broker-place-'));
});
test.afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function openBroker(
  page: Page,
  ports: readonly number[] = [8883, 8884],
  passphrase?: string,
): Promise<void> {
  await page.goto(server.origin);
  await page.getByRole('button', { name: 'New project' }).click();
  await fillForm(page, { hosts: 'localhost, 127.0.0.1', ...(passphrase ? { passphrase } : {}) });
  await page.getByText('Ports of the broker').click();
  await page.getByLabel('Port for devices').fill(String(ports[0]));
  await page.getByLabel('Port for browsers').fill(String(ports[1]));
  await createButton(page).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Porch' })).toBeVisible({ timeout: 30_000 });
  await page.getByRole('link', { name: 'Broker', exact: true }).click();
}

const part = (page: Page, name: string) =>
  page.getByRole('navigation', { name: 'Parts of the broker' }).getByRole('link', { name }).click();

const options = (select: Locator): Promise<{ value: string }[]> =>
  select
    .locator('option')
    .evaluateAll((all) => all.map((one) => ({ value: (one as HTMLOptionElement).value })));

async function bundle(page: Page): Promise<string> {
  await part(page, 'Files');
  const { bytes } = await download(page, page.getByRole('button', { name: 'Get broker files' }));
  const zip = path.join(folder, `bundle-${Math.random().toString(16).slice(2)}.zip`);
  writeFileSync(zip, bytes);
  return zip;
}

/** The password that the page shows for a user. */
async function shownPassword(page: Page, name: string): Promise<string> {
  await part(page, 'Who may do what');
  await page.getByRole('button', { name: `Show password of ${name}` }).click();
  const row = page.getByRole('listitem').filter({ hasText: name });
  await expect(row.getByText(/^[A-Za-z0-9_-]{43}$/)).toBeVisible();
  return (await row.getByText(/^[A-Za-z0-9_-]{43}$/).textContent()) ?? '';
}

test('a user is made, its rights are chosen in the table by keyboard, and a real Mosquitto holds to them', async ({
  page,
}) => {
  const ports = await freePorts(2);
  const { complaints, foreign } = watch(page, server.origin);
  await openBroker(page, ports);
  await part(page, 'Who may do what');
  await page.getByRole('button', { name: 'New user' }).click();
  const form = page.getByRole('dialog');
  await form.getByLabel('User name').fill('porch-1');
  await form.getByRole('button', { name: 'Make the user' }).click();
  await expect(form.getByText('Somebody else is called "porch-1" on the broker.')).toBeVisible();
  await form.getByLabel('User name').fill('tablet');
  await form.getByRole('button', { name: 'Make the user' }).click();
  await expect(page.getByLabel('tablet, tele')).toHaveValue('read');

  await page.getByLabel('tablet, tele').focus();
  for (const leaf of ['tele', 'status', 'cmd', 'reply', 'health']) {
    await expect(page.getByLabel(`tablet, ${leaf}`)).toBeFocused();
    // The fields are native: letters choose, Tab goes on.
    if (leaf === 'cmd') await page.keyboard.type('w');
    if (leaf === 'health') await page.keyboard.press('Home');
    await page.keyboard.press('Tab');
  }
  await expect(page.getByLabel('tablet, cmd')).toHaveValue('write');
  await expect(page.getByLabel('tablet, health')).toHaveValue('none');
  await page.getByLabel('dashboard, cmd').selectOption('read');
  await expect(page.getByText('This page cannot send commands.')).toBeVisible();
  await page.getByRole('button', { name: 'Undo changes' }).click();
  await expect(page.getByLabel('tablet, cmd')).toHaveValue('read');
  await page.getByLabel('tablet, cmd').selectOption('both');
  await page.getByLabel('tablet, health').selectOption('none');
  await page.getByRole('button', { name: 'Save rights' }).click();
  await expect(page.getByText('Saved. The broker knows it once it has its new files.')).toBeVisible();

  const password = await shownPassword(page, 'tablet');
  const broker = await startBundle(await bundle(page), ports);
  try {
    const login = { username: 'tablet', password };
    const ca = readFileSync(path.join(broker.folder, 'web-ca.crt'));
    const at = { protocol: 'wss' as const, host: 'localhost', port: ports[1] ?? 0, ca };
    const tablet = await connect({ ...at, ...login });
    expect(await publishReason(tablet, 'signet/porch/porch-1/cmd')).toBe(0);
    expect(await publishReason(tablet, 'signet/porch/porch-1/tele')).toBe(135);
    await tablet.endAsync(true);
    await expect(connect({ ...at, ...login, password: 'wrong' })).rejects.toThrow();
  } finally {
    await broker.stop();
  }
  expect(complaints).toEqual([]);
  expect(foreign).toEqual([]);
});

test('devices that log in by password get it with their settings; the page says what each way excludes', async ({
  page,
}) => {
  await openBroker(page);
  await part(page, 'Who may do what');
  await expect(
    page.getByText('any valid certificate of this project plus that password gets in'),
  ).toBeVisible();
  await page.getByLabel('By name and password').check();
  await expect(page.getByText('write every device. Until then they are not let in.')).toBeVisible();
  await page.getByRole('button', { name: 'Save rights' }).click();
  await part(page, 'Files');
  await expect(page.getByText('mosquitto/passwd-devices')).toBeVisible();
  await part(page, 'Test lines');
  await page.getByLabel('Whom to try').selectOption('porch-1');
  await expect(page.getByText(/-u porch-1 -P PASSWORD/).first()).toBeVisible();
});

test('files are read line by line, secrets only when asked for, saved one by one, and what is new is named', async ({
  page,
}) => {
  await openBroker(page);
  await expect(page.getByText('Not saved yet.')).toBeVisible();
  await page.getByText('mosquitto/mosquitto.conf').click();
  const conf = page.getByRole('region', { name: 'mosquitto/mosquitto.conf' });
  await expect(conf.getByText('nobody without a name').first()).toBeVisible();

  await page.getByText('mosquitto/certs/web-listener.key').click();
  await expect(page.getByText('BEGIN PRIVATE KEY')).toHaveCount(0);
  const key = await download(
    page,
    page.getByRole('button', { name: 'Save mosquitto/certs/web-listener.key' }),
  );
  expect(key.name).toBe('web-listener.key');
  expect(spawnSync('openssl', ['pkey', '-noout'], { input: key.bytes }).status).toBe(0);
  await page.getByRole('button', { name: 'Show mosquitto/certs/web-listener.key' }).click();
  await expect(page.getByText('BEGIN PRIVATE KEY')).toBeVisible();

  await bundle(page);
  await expect(page.getByText(/^Nothing has changed since you saved them/)).toBeVisible();
  await part(page, 'Who may do what');
  await page.getByLabel('Each device, health').selectOption('none');
  await page.getByRole('button', { name: 'Save rights' }).click();
  await expect(page.getByText('Saved. The broker knows it')).toBeVisible();
  await part(page, 'Files');
  await expect(page.getByText(/: 1 new or changed\. The broker needs them/)).toBeVisible();
  const changed = page.getByRole('listitem').filter({ hasText: 'Changed' });
  await expect(changed).toHaveCount(1);
  await expect(changed).toContainText('mosquitto/acl-devices');
});

test('another machine gets other files, remembered for the next time', async ({ page }) => {
  await openBroker(page);
  await page.getByLabel("The broker's machine").selectOption('docker');
  await expect(page.getByText('not run by the makers of this page')).toBeVisible();
  await expect(page.getByText('docker compose up -d --force-recreate')).toBeVisible();
  const zip = await bundle(page);
  const names = execFileSync('unzip', ['-Z1', zip], { encoding: 'utf8' }).split('\n');
  expect(names).toContain('docker-compose.yml');
  expect(names).toContain('config/cert/web-listener.crt');
  expect(names).not.toContain('start.sh');
  await page.reload();
  await expect(page.getByLabel("The broker's machine")).toHaveValue('docker');
});

test('other engines hand out their files and say that nobody ran them; a hosted broker takes the place of the own', async ({
  page,
}) => {
  await openBroker(page);
  await part(page, 'Other engines');
  await expect(page.getByText('Not run.', { exact: true })).toBeVisible();
  await page.getByLabel('Machines').fill('10.0.0.11, 10.0.0.12');
  const emqx = await download(page, page.getByRole('button', { name: 'Get EMQX files' }));
  expect(emqx.name).toBe('porch-emqx.zip');
  const zip = path.join(folder, 'emqx.zip');
  writeFileSync(zip, emqx.bytes);
  const conf = execFileSync('unzip', ['-p', zip, 'etc/emqx.conf'], { encoding: 'utf8' });
  expect(conf).toContain('static.seeds = ["emqx@10.0.0.11", "emqx@10.0.0.12"]');

  const engine = page.getByLabel('Engine', { exact: true });
  await engine.selectOption('hivemq');
  await page.getByRole('button', { name: 'Get HiveMQ files' }).click();
  await expect(page.getByText('This engine knows names and passwords only')).toBeVisible();
  await engine.selectOption('aws');
  await page.getByRole('button', { name: 'Get AWS files' }).click();
  await expect(page.getByText('Region or account number is not right.')).toBeVisible();

  await engine.selectOption('hosted');
  await page.getByLabel('Host', { exact: true }).fill('abc.example.net');
  await page.getByLabel('User').fill('signet');
  await page.getByLabel('Password', { exact: true }).fill('hosted-password');
  await page.getByRole('button', { name: 'Use this broker' }).click();
  await expect(page.getByText('The authority of the hosted broker cannot be used.')).toBeVisible();
  const root = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', '/dev/null', '-subj', '/CN=Root'];
  await page.getByLabel('Its authority, PEM').fill(spawnSync('openssl', root, { encoding: 'utf8' }).stdout);
  await page.getByRole('button', { name: 'Use this broker' }).click();
  await expect(page.getByText('Saved. Write every device again')).toBeVisible();
  await expect(page.getByText('abc.example.net:8883')).toHaveCount(2);
  await page.getByRole('link', { name: 'Live', exact: true }).click();
  await expect(page.getByText('The hosted broker has no address for this page.')).toBeVisible();
  await page.getByRole('link', { name: 'Broker', exact: true }).click();
  await part(page, 'Other engines');
  await page.getByRole('button', { name: 'Back to my own' }).click();
  await expect(page.getByText('abc.example.net:8883')).toHaveCount(0);
});

test('a locked project shows its rights, not its secrets', async ({ page }) => {
  await openBroker(page, [8883, 8884], 'copper window marathon biscuit');
  await page.reload();
  await expect(page.getByRole('button', { name: 'Unlock' }).first()).toBeVisible();
  await part(page, 'Who may do what');
  await page.getByLabel('dashboard, health').selectOption('none');
  await page.getByRole('button', { name: 'Save rights' }).click();
  await expect(page.getByText('Saved. The broker knows it')).toBeVisible();
  await page.getByRole('button', { name: 'Show password of dashboard' }).click();
  await expect(page.getByRole('alert').getByRole('button', { name: 'Unlock' })).toBeVisible();
});

test("every part is free of axe's violations and fits a small screen, in light and dark", async ({
  page,
}) => {
  await installAxe(page.context());
  await openBroker(page);
  const parts = ['Files', 'Who may do what', 'Test lines', 'Other engines'];
  for (const size of [
    { width: 1280, height: 800 },
    { width: 390, height: 844 },
  ]) {
    await page.setViewportSize(size);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      for (const name of parts) {
        await part(page, name);
        await expect(page.getByText('Opening …')).toHaveCount(0);
        if (name === 'Files') await page.getByText('mosquitto/mosquitto.conf').click();
        if (name === 'Other engines') {
          const engine = page.getByLabel('Engine', { exact: true });
          for (const { value } of await options(engine)) {
            await engine.selectOption(value);
            await expect(page.getByText('Opening …')).toHaveCount(0);
            expect(await violations(page), `${value}, ${size.width}, ${colorScheme}`).toEqual([]);
            expect(await overflowPx(page), `${value}, ${size.width}`).toBe(0);
          }
        }
        expect(await violations(page), `${name}, ${size.width}, ${colorScheme}`).toEqual([]);
        expect(await overflowPx(page), `${name}, ${size.width}`).toBe(0);
      }
    }
  }
});
