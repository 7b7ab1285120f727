/** Chromium with a profile and a certificate store of its own, in which names lead where the cases need them. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium, type BrowserContext, type CDPSession, type Page } from '@playwright/test';
import { chromiumArguments } from '../../../playwright.config.ts';

export type PermissionSetting = 'granted' | 'denied' | 'prompt';

export class OwnChromium {
  readonly home = mkdtempSync(path.join(tmpdir(), 'signet-doctor-'));
  readonly #arguments: readonly string[];
  #context: BrowserContext | null = null;
  #trusted = 0;

  constructor(args: readonly string[]) {
    this.#arguments = args;
    mkdirSync(this.#store, { recursive: true });
    this.#certutil('-N', '--empty-password');
  }

  get context(): BrowserContext {
    if (!this.#context) throw new Error('the browser is not open');
    return this.#context;
  }

  /** Takes effect when the browser is opened the next time. */
  trust(pemFile: string): void {
    this.#trusted += 1;
    this.#certutil('-A', '-t', 'C,,', '-n', `Signet test ${this.#trusted}`, '-i', pemFile);
  }

  async open(...more: readonly string[]): Promise<void> {
    await this.#context?.close();
    const env = Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as const],
    );
    this.#context = await chromium.launchPersistentContext(path.join(this.home, 'profile'), {
      executablePath: '/usr/bin/chromium',
      args: [...chromiumArguments, ...this.#arguments, ...more],
      env: { ...Object.fromEntries(env), HOME: this.home },
      viewport: { width: 1280, height: 800 },
      acceptDownloads: true,
      // A copy that was kept would hide what the page's host sends now.
      serviceWorkers: 'block',
    });
  }

  /** A tab in a process of its own: its browser counts no failed connections yet. */
  async tab(): Promise<Page> {
    return this.context.newPage();
  }

  /** What the person answered, once, when Chromium asked about the local network. Holds until the tab is closed. */
  async setLocalNetwork(page: Page, origin: string, setting: PermissionSetting): Promise<void> {
    const session: CDPSession = await this.context.newCDPSession(page);
    for (const name of ['local-network-access', 'local-network', 'loopback-network'])
      await session.send('Browser.setPermission', { permission: { name }, setting, origin });
  }

  async close(): Promise<void> {
    await this.#context?.close();
    rmSync(this.home, { recursive: true, force: true });
  }

  get #store(): string {
    return path.join(this.home, '.pki', 'nssdb');
  }

  #certutil(...args: readonly string[]): void {
    execFileSync('certutil', ['-d', `sql:${this.#store}`, ...args]);
  }
}
