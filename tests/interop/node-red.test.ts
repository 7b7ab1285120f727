/**
 * The flow that the page makes, in a real Node-RED: it connects to the broker of the project's own bundle with the
 * project's certificate, shows a reading, and its button's command is executed by the firmware, whose reply comes back.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { chromium, type Browser, type Page } from '@playwright/test';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { flowNodes, flowText } from '../../src/node-red/flow.ts';
import { nodeIds, type FlowInput, type FlowNode } from '../../src/node-red/flow-input.ts';
import { makeFlowInput } from '../../src/workflows/node-red-flow.ts';
import { setUpNodeRed } from '../../src/workflows/node-red-keys.ts';
import { until, type HostProgram } from './firmware-host-bench.ts';
import { installNodeRed, NodeRed } from './node-red-home.ts';
import { options, OtherProgramsWorld } from './other-programs-world.ts';

interface EditorNode {
  readonly type: string;
  readonly valid?: boolean;
  readonly validationErrors?: unknown;
}

/** What the editor's page has. */
declare const RED: {
  readonly nodes: {
    eachNode(look: (node: EditorNode) => void): void;
    eachConfig(look: (node: EditorNode) => void): void;
  };
};

const world = new OtherProgramsWorld();
const nodeRed = new NodeRed(path.join(world.folder, 'node-red'));
let board: HostProgram;
let input: FlowInput;
let id: (name: string) => string;
let browser: Browser | null = null;

vi.setConfig({ testTimeout: 150_000 });

/** Debug nodes write to the log too, where the test reads them. */
const audible = (nodes: readonly FlowNode[]): FlowNode[] =>
  nodes.map((node) => (node.type === 'debug' ? { ...node, console: true } : node));

beforeAll(async () => {
  installNodeRed();
  await world.createProject();
  await setUpNodeRed(world.env, 'porch', ['led', 'read'], options);
  await world.startBroker();
  const choice = { host: 'localhost', hasCharts: false };
  input = await makeFlowInput(world.env, await world.project(), choice);
  id = nodeIds(input.edition);
  [board] = await Promise.all([world.boot(), nodeRed.start()]);
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    chromiumSandbox: false,
    args: ['--disable-gpu', '--disable-background-networking'],
  });
}, 300_000);

afterAll(async () => {
  await browser?.close();
  await nodeRed.stop();
  await world.stop();
});

it('imported by the admin API, it shows readings, and a command is executed and answered', async () => {
  await nodeRed.deploy(audible(flowNodes(input)));
  await nodeRed.says(/Connected to broker: .*localhost/);
  await nodeRed.says(/debug:Readings\][\s\S]*temperature: 21\.5/);
  await nodeRed.press(id('inject porch-1 LED on'));
  await nodeRed.says('led: done');
  await until('the LED pin goes low', () => board.events().includes('pin 2 0'));
});

async function openEditor(): Promise<Page> {
  if (!browser) throw new Error('no browser');
  const page = await browser.newPage({ viewport: { width: 1600, height: 900 } });
  await page.goto(nodeRed.url);
  await page.locator('#red-ui-workspace-chart').waitFor();
  await page.locator('#red-ui-loading-progress').waitFor({ state: 'hidden' });
  return page;
}

/** The text of the flow as a person pastes it into *Import*; then *Deploy*. */
async function importInEditor(page: Page, text: string): Promise<void> {
  await page.keyboard.press('Control+i');
  const field = page.locator('#red-ui-clipboard-dialog-import-text');
  await field.fill(text);
  await field.press('End');
  await page.locator('#red-ui-clipboard-dialog-ok').click();
  await page.locator('#red-ui-header-button-deploy:not(.disabled)').click();
}

/** A newer flow in place of the earlier one, as the page tells people to do it. */
async function importAgain(page: Page): Promise<void> {
  await page.locator('.red-ui-tab', { hasText: 'Signet: Porch' }).first().dblclick();
  await page.locator('#node-dialog-delete').click();
  await page.locator('.red-ui-tray').waitFor({ state: 'detached' });
  const since = nodeRed.log.length;
  await importInEditor(page, flowText({ ...input, edition: 'newer' }));
  await nodeRed.says(/Connected to broker: .*localhost/, since);
  const tabs = page.locator('.red-ui-tabs .red-ui-tab', { hasText: 'Signet: Porch' });
  expect(await tabs.count(), 'it asked nothing, and the earlier one is gone').toBe(1);
}

it('imported in the editor, as a person does it, it brings its keys along and works', async () => {
  await nodeRed.deploy([]);
  const since = nodeRed.log.length;
  const page = await openEditor();
  await importInEditor(page, flowText(input));
  await nodeRed.says(/Connected to broker: .*localhost/, since);
  await page.locator('.red-ui-tab', { hasText: 'Signet: Porch' }).first().click();
  await page.keyboard.press('Control+g');
  await page.keyboard.press('d');
  await page.locator(`[id="${id('inject porch-1 LED off')}"] .red-ui-flow-node-button-button`).click();
  await page.locator('.red-ui-debug-msg-payload', { hasText: /^"led: done"$/ }).waitFor();
  await importAgain(page);
  await page.close();
  const key = input.devices[0]?.commandKeyHex ?? 'no key';
  for (const file of ['flows.json', 'flows_cred.json']) {
    const text = readFileSync(path.join(nodeRed.folder, file), 'utf8');
    expect(text.length, file).toBeGreaterThan(100);
    expect(text, `${file} holds the command key`).not.toContain(key);
    expect(text, `${file} holds the private key`).not.toContain('PRIVATE KEY');
  }
});

/** Nodes whose values the editor's own checks refuse, with the reason. */
const wrongNodes = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const wrong: string[] = [];
    const look = ({ type, valid, validationErrors }: EditorNode): void => {
      if (valid !== true) wrong.push(`${type}: ${JSON.stringify(validationErrors)}`);
    };
    RED.nodes.eachNode(look);
    RED.nodes.eachConfig(look);
    return wrong;
  });

it('with charts, every node type is known, the chart is drawn and the dashboard’s button works', async () => {
  await nodeRed.deploy([]);
  const since = nodeRed.log.length;
  const page = await openEditor();
  await importInEditor(page, flowText({ ...input, hasCharts: true }));
  await nodeRed.says(/Connected to broker: .*localhost/, since);
  expect(await wrongNodes(page), 'what the editor marks with a red triangle').toEqual([]);
  expect(nodeRed.log.slice(since)).not.toMatch(/missing|unknown/i);
  expect(await nodeRed.get('/flows/state')).toMatchObject({ state: 'start' });
  await page.goto(`${nodeRed.url}/dashboard/porch`);
  await page.getByText('21.5 °C, 40.2 %').waitFor({ timeout: 30_000 });
  await page.getByRole('button', { name: 'LED on' }).click();
  await page.getByText('led: done').waitFor();
  await page.locator('canvas').nth(1).waitFor();
  await page.close();
});

it('what its key may not do, the device refuses, and Node-RED says so', async () => {
  const relay = { label: 'Relay pulse', command: 'relay', arguments: {} };
  const devices = input.devices.map((device) => ({ ...device, buttons: [relay] }));
  await nodeRed.deploy(audible(flowNodes({ ...input, devices })));
  const since = nodeRed.log.length;
  await nodeRed.says('temperature', since);
  await nodeRed.press(id('inject porch-1 Relay pulse'));
  await nodeRed.says('relay: refused, it does not know the command, or this key may not give it', since);
  expect(board.events()).not.toContain('pin 5 1');
});

it('after the device has started anew, the next press of the button counts', async () => {
  await nodeRed.deploy(audible(flowNodes(input)));
  board.type('reset');
  const since = nodeRed.log.length;
  await nodeRed.says('q: 0', since);
  await nodeRed.press(id('inject porch-1 Read now'));
  await nodeRed.says('read: done', since);
});
