/**
 * The world in which the doctor is tried: the page on a public host, real projects made in it, their bundles, a real
 * Mosquitto, Chromium with a certificate store. It makes a fault; what the fault is, only the caller knows.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from '@playwright/test';
import { freePorts, startBundle } from '../broker.ts';
import { OwnChromium, type PermissionSetting } from './own-chromium.ts';
import { plainName, secureName, startPageHost, type PageHost } from './page-host.ts';
import { takeWithSilence, type PortTaker } from './port-takers.ts';

export const dayMs = 86_400_000;

/** Names that lead to this computer, to nobody, behind a wall, or nowhere. */
export const names = {
  broker: 'broker.local',
  unlisted: 'unlisted.local',
  late: 'late.local',
  unknown: 'unknown.local',
  silent: 'silent.local',
  walled: 'walled.local',
} as const;

const silentAddress = '127.0.0.9';
const walledAddress = '127.0.0.7';

export interface MadeProject {
  readonly id: string;
  readonly origin: string;
  readonly devicePort: number;
  readonly webPort: number;
  readonly bundle: string;
  /** Of the bundle, unpacked. */
  readonly folder: string;
}

export type ProjectName = 'present' | 'lonely' | 'past' | 'future' | 'renewed' | 'blocked' | 'insecure';

/** What is not as it should be; what is missing is in order. */
export interface Fault {
  readonly project?: ProjectName;
  /** Under which name the broker is checked. */
  readonly host?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly hostBehindMs?: number;
  readonly permission?: PermissionSetting;
  /** Spoils the unpacked bundle before Mosquitto starts. */
  readonly spoil?: (folder: string, project: MadeProject) => void;
  /** Stands on the browser port in place of the broker. */
  readonly instead?: (project: MadeProject) => Promise<PortTaker>;
  readonly isBrokerStopped?: boolean;
  /** Ports on which the spoilt broker listens, for knowing that it is up. */
  readonly listensOn?: (project: MadeProject) => readonly number[];
}

export interface Findings {
  readonly known: readonly string[];
  readonly likely: readonly string[];
  /** The verdict's first line. */
  readonly headline: string;
  readonly evidence: string;
}

export class DoctorWorld {
  readonly host: PageHost;
  readonly #browser: OwnChromium;
  readonly #folder: string;
  readonly #silence: PortTaker;
  readonly #projects = new Map<ProjectName, MadeProject>();

  private constructor(parts: { host: PageHost; browser: OwnChromium; folder: string; silence: PortTaker }) {
    this.host = parts.host;
    this.#browser = parts.browser;
    this.#folder = parts.folder;
    this.#silence = parts.silence;
  }

  /** Makes every project in a browser that trusts none of them yet. */
  static async open(builtPage: string): Promise<DoctorWorld> {
    const folder = mkdtempSync(path.join(tmpdir(), 'signet-doctor-world-'));
    const host = await startPageHost(builtPage, folder);
    const [silentPort = 0] = await freePorts(1);
    const silence = await takeWithSilence(silentAddress, silentPort);
    const leadTo = (name: string, place: string): string => `MAP ${name} ${place}`;
    const here = [secureName, plainName, names.broker, names.unlisted, names.late];
    const rules = [
      ...here.map((name) => leadTo(name, '127.0.0.1')),
      leadTo(names.walled, walledAddress),
      leadTo(names.silent, `${silentAddress}:${silentPort}`),
      leadTo(names.unknown, '~NOTFOUND'),
    ];
    const browser = new OwnChromium([
      `--host-resolver-rules=${rules.join(', ')}`,
      `--ip-address-space-overrides=${host.ports.map((port) => `127.0.0.1:${port}=public`).join(',')}`,
    ]);
    browser.trust(host.authorityFile);
    // Only while the projects are made: later this origin is what it is.
    await browser.open(`--unsafely-treat-insecure-origin-as-secure=${host.plainOrigin}`);
    const world = new DoctorWorld({ host, browser, folder, silence });
    try {
      await world.#makeProjects();
      return world;
    } catch (thrown) {
      await world.close();
      throw thrown;
    }
  }

  project(name: ProjectName): MadeProject {
    const found = this.#projects.get(name);
    if (!found) throw new Error(`no project "${name}"`);
    return found;
  }

  /** The person trusts every project's web authority, and opens the browser again. */
  async trustAll(): Promise<void> {
    for (const { folder } of this.#projects.values()) this.#browser.trust(path.join(folder, 'web-ca.crt'));
    await this.#browser.open();
  }

  /**
   * Makes the fault, presses *Check my broker*, reads what the page says, and puts everything right again. `look` sees the
   * page while the fault still holds.
   */
  async check(fault: Fault, look?: (page: Page) => Promise<void>): Promise<Findings> {
    const project = this.project(fault.project ?? 'present');
    this.host.behaviour.headers = fault.headers ?? {};
    this.host.behaviour.behindMs = fault.hostBehindMs ?? 0;
    const taken = await this.#occupy(project, fault);
    const page = await this.#browser.tab();
    try {
      // A page without encryption is never asked, and nothing can be granted to it.
      if (project.origin === this.host.secureOrigin)
        await this.#browser.setLocalNetwork(page, project.origin, fault.permission ?? 'granted');
      const findings = await examined(page, project, fault.host ?? names.broker);
      await look?.(page);
      return findings;
    } finally {
      await page.close();
      await taken?.stop();
    }
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.#silence.stop();
    await this.host.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #occupy(project: MadeProject, fault: Fault): Promise<PortTaker | null> {
    if (fault.instead) return fault.instead(project);
    if (fault.isBrokerStopped) return null;
    const ports = fault.listensOn?.(project) ?? [project.devicePort, project.webPort];
    return startBundle(project.bundle, ports, (folder) => fault.spoil?.(folder, project));
  }

  async #makeProjects(): Promise<void> {
    const { secureOrigin, plainOrigin } = this.host;
    const many = [names.broker, names.unknown, names.silent, names.walled];
    await this.#make('present', { origin: secureOrigin, hosts: many });
    await this.#make('lonely', { origin: secureOrigin, hosts: [names.unknown] });
    await this.#make('renewed', { origin: secureOrigin, hosts: [names.broker], addedHost: names.late });
    await this.#make('blocked', { origin: secureOrigin, hosts: [names.broker], webPort: 6000 });
    await this.#make('insecure', { origin: plainOrigin, hosts: [names.broker] });
    // Their time of day stays with the browser until it is closed.
    await this.#make('past', { origin: secureOrigin, hosts: [names.broker], madeMs: -450 * dayMs });
    await this.#make('future', { origin: secureOrigin, hosts: [names.broker], madeMs: 40 * dayMs });
    await this.#browser.open();
  }

  async #make(name: ProjectName, wish: Wish): Promise<void> {
    const [devicePort = 0, freePort = 0] = await freePorts(2);
    const ports = { devicePort, webPort: wish.webPort ?? freePort };
    const page = await this.#browser.tab();
    try {
      await page.goto(`${wish.origin}/index.html#/start/new`);
      if (wish.madeMs !== undefined) await page.clock.setFixedTime(Date.now() + wish.madeMs);
      await makeProject(page, name, { ...wish, ...ports });
      await page.goto(`${wish.origin}/index.html#/broker`);
      const bundle = await savedBundle(page, path.join(this.#folder, `${name}.zip`));
      // What is downloaded here is what runs later; the page knows more by then.
      if (wish.addedHost !== undefined) await addHost(page, wish.addedHost);
      const folder = path.join(this.#folder, name);
      mkdirSync(folder);
      execFileSync('unzip', ['-q', bundle, '-d', folder]);
      this.#projects.set(name, { id: name, origin: wish.origin, ...ports, bundle, folder });
    } finally {
      await page.close();
    }
  }
}

interface Wish {
  readonly origin: string;
  readonly hosts: readonly string[];
  /** When it is made, by this computer's clock, from now in ms. */
  readonly madeMs?: number;
  /** A name that the project gets after its bundle was downloaded. */
  readonly addedHost?: string;
  readonly webPort?: number;
}

async function makeProject(
  page: Page,
  name: string,
  wish: Wish & { readonly devicePort: number; readonly webPort: number },
): Promise<void> {
  await page.getByLabel('Project name').fill(name);
  await page.getByLabel('Broker host names').fill(wish.hosts.join(', '));
  await page.getByLabel('Wi-Fi name').fill('Attic');
  await page.getByLabel('Wi-Fi password', { exact: true }).fill('correct horse');
  await page.getByLabel('Device name').fill(`${name}-1`);
  await page.getByText('Ports of the broker').click();
  await page.getByLabel('Port for devices').fill(String(wish.devicePort));
  await page.getByLabel('Port for browsers').fill(String(wish.webPort));
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  await page.getByRole('heading', { level: 1, name }).waitFor({ timeout: 30_000 });
}

async function savedBundle(page: Page, target: string): Promise<string> {
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Get broker files' }).click(),
  ]);
  await file.saveAs(target);
  return target;
}

async function addHost(page: Page, host: string): Promise<void> {
  await page.getByRole('link', { name: 'Trust', exact: true }).click();
  await page
    .getByText(/^Broker, port/)
    .last()
    .click();
  await page.getByRole('button', { name: 'Change names' }).click();
  const field = page.getByLabel('Names and addresses of the broker');
  await field.fill(`${await field.inputValue()}\n${host}`);
  await page.getByRole('button', { name: 'Make both certificates anew' }).click();
  await page.getByText('The broker has its new names').waitFor();
}

async function openBroker(page: Page, { id, origin }: MadeProject): Promise<void> {
  await page.addInitScript((project) => localStorage.setItem('signet.last-project.main', project), id);
  await page.goto(`${origin}/index.html#/broker`);
  await page.getByRole('button', { name: 'Check my broker' }).waitFor();
}

async function examined(page: Page, project: MadeProject, host: string): Promise<Findings> {
  await openBroker(page, project);
  const choice = page.getByLabel('This computer reaches it as');
  const isListed = (await choice.locator(`option[value="${host}"]`).count()) > 0;
  await choice.selectOption(isListed ? host : 'another');
  if (!isListed) await page.getByLabel('Name or address', { exact: true }).fill(host);
  await page.getByRole('button', { name: 'Check my broker' }).click();
  await page.getByRole('list', { name: 'What was checked' }).waitFor({ timeout: 60_000 });
  const causes = (list: string): Promise<string[]> =>
    page
      .locator(`[aria-label="${list}"] [data-cause]`)
      .evaluateAll((cards) => cards.map((card) => card.getAttribute('data-cause') ?? ''));
  return {
    known: await causes('What is wrong'),
    likely: await causes('Likely causes'),
    headline: (await page.locator('[role="status"] .head').innerText()).trim(),
    evidence: (await page.locator('[aria-label="evidence"]').textContent()) ?? '',
  };
}
