/** Node-RED and Home Assistant are set up on the Broker place, and what they need is downloaded. */
import { expect, test, type Page } from '@playwright/test';
import { strFromU8, unzipSync } from 'fflate';
import { installAxe, violations } from './support/axe.ts';
import { createProject, download, overflowPx } from './support/journey.ts';
import { servePage, type PageServer } from './support/page-server.ts';

test.use({ actionTimeout: 15_000 });

let server: PageServer;

test.beforeAll(async () => {
  server = await servePage();
});

test.afterAll(() => server.close());

async function openPrograms(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Broker', exact: true }).click();
  await page.getByRole('link', { name: 'Other programs' }).click();
  await expect(page.getByRole('heading', { name: 'Node-RED' })).toBeVisible();
}

const flowButton = (page: Page) => page.getByRole('button', { name: 'Download the flow (secret)' });

interface Node {
  readonly type: string;
  readonly broker?: string;
  readonly credentials?: Readonly<Record<string, unknown>>;
}

async function flow(page: Page): Promise<{ name: string; nodes: Node[] }> {
  const { name, bytes } = await download(page, flowButton(page));
  return { name, nodes: JSON.parse(bytes.toString()) as Node[] };
}

test('Node-RED gets its certificate, keys and flow in one go, and its secrets are named first', async ({
  page,
}) => {
  await page.goto(server.origin);
  await createProject(page, { hosts: 'pi.local, 192.168.7.20' });
  await openPrograms(page);
  await expect(page.getByText('Not set up').first()).toBeVisible();
  await expect(page.getByLabel('Pulse the relay')).not.toBeChecked();
  await page.getByRole('button', { name: 'Set up Node-RED' }).click();

  await expect(page.getByText('Certificate made')).toBeVisible();
  await expect(page.getByText(/Not yet written: porch-1/)).toBeVisible();
  await expect(page.getByText('The file is secret.')).toBeVisible();
  const { name, nodes } = await flow(page);
  expect(name).toBe('porch-node-red-flow-SECRET.json');
  expect(nodes.find(({ type }) => type === 'mqtt-broker')?.broker).toBe('pi.local');
  expect(nodes.find(({ type }) => type === 'tls-config')?.credentials).toMatchObject({
    keydata: expect.stringContaining('PRIVATE KEY'),
  });
  expect(nodes[0]?.credentials).toMatchObject({
    SIGNET_KEY_PORCH_1: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(nodes.map(({ type }) => type)).toContain('ui-chart');

  await page.getByLabel(/With charts/).uncheck();
  await page.getByLabel('Node-RED reaches the broker as').selectOption('mosquitto');
  const plain = await flow(page);
  expect(plain.nodes.find(({ type }) => type === 'mqtt-broker')?.broker).toBe('mosquitto');
  expect(plain.nodes.filter(({ type }) => type.startsWith('ui-'))).toEqual([]);

  await page.getByText('By hand, panel by panel').click();
  const files = await download(
    page,
    page.getByRole('button', { name: 'Download the files for it (secret)' }),
  );
  expect(files.name).toBe('porch-node-red-files-SECRET.zip');
  const texts = unzipSync(new Uint8Array(files.bytes));
  expect(Object.keys(texts)).toContain('sign-a-command.js');
  expect(strFromU8(texts['command-keys-SECRET.txt'] ?? new Uint8Array(0))).toMatch(
    /^SIGNET_KEY_PORCH_1 [0-9a-f]{64}\n$/,
  );

  await page.getByLabel('Pulse the relay').check();
  await expect(page.getByText(/can then switch what hangs on it/)).toBeVisible();
  await page.getByRole('button', { name: 'Save its rights' }).click();
  await expect(page.getByRole('button', { name: 'Save its rights' })).toBeHidden();
  await page.reload();
  await expect(page.getByLabel('Pulse the relay')).toBeChecked();

  await page.getByText('If somebody else got hold of the flow').click();
  await page.getByRole('button', { name: 'Make new command keys' }).click();
  await expect(page.getByText('New keys are made.')).toBeVisible();
  const renewed = await flow(page);
  expect(renewed.nodes[0]?.credentials?.['SIGNET_KEY_PORCH_1']).not.toBe(
    nodes[0]?.credentials?.['SIGNET_KEY_PORCH_1'],
  );
});

test('Home Assistant gets its certificate, and devices are to announce themselves', async ({ page }) => {
  await page.goto(server.origin);
  await createProject(page);
  await openPrograms(page);
  await expect(page.getByText(/cannot command your devices/)).toBeVisible();
  await page.getByRole('button', { name: 'Set up Home Assistant' }).click();
  await expect(page.getByText('Upload them, then delete them.')).toBeVisible();
  await expect(page.getByText('homeassistant.crt and homeassistant.key')).toBeVisible();
  const { name, bytes } = await download(
    page,
    page.getByRole('button', { name: 'Download the files for it (secret)' }),
  );
  expect(name).toBe('porch-home-assistant-SECRET.zip');
  expect(Object.keys(unzipSync(new Uint8Array(bytes)))).toEqual([
    'ca.crt',
    'homeassistant.crt',
    'homeassistant.key',
  ]);

  await page.getByRole('link', { name: 'Who may do what' }).first().click();
  await expect(page.getByLabel(/Home Assistant discovery/)).toBeChecked();
});

test('a locked project asks for its keys, and what was asked for goes on by itself', async ({ page }) => {
  const passphrase = 'amber lantern quietly orbit seventeen';
  await page.goto(server.origin);
  await createProject(page, { passphrase });
  await page.reload();
  await openPrograms(page);
  await page.getByRole('button', { name: 'Set up Node-RED' }).click();
  await page.getByRole('main').getByRole('button', { name: 'Unlock' }).click();
  const lock = page.getByRole('dialog', { name: /locked/ });
  await lock.getByLabel('Passphrase', { exact: true }).fill(passphrase);
  await lock.getByRole('button', { name: 'Unlock' }).click();
  await expect(flowButton(page)).toBeVisible({ timeout: 30_000 });
});

for (const colorScheme of ['light', 'dark'] as const)
  test(`both are accessible and fit a phone, ${colorScheme}`, async ({ page, context }) => {
    await installAxe(context);
    await page.setViewportSize({ width: 390, height: 844 });
    await page.emulateMedia({ colorScheme });
    await page.goto(server.origin);
    await createProject(page, { hosts: 'a-rather-long-name-of-a-broker.example.local' });
    await openPrograms(page);
    await page.getByRole('button', { name: 'Set up Node-RED' }).click();
    await page.getByRole('button', { name: 'Set up Home Assistant' }).click();
    await expect(page.getByText('Upload them, then delete them.')).toBeVisible();
    await page.getByText('By hand, panel by panel').click();
    expect(await overflowPx(page)).toBe(0);
    expect(await violations(page)).toEqual([]);
    await page.setViewportSize({ width: 1280, height: 800 });
    expect(await violations(page)).toEqual([]);
  });
