/** Chromium with a profile of its own, whose certificate store can be told to trust an authority. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium, type BrowserContext } from '@playwright/test';
import { chromiumArguments } from '../../playwright.config.ts';

export interface OwnBrowser {
  context: BrowserContext;
  /** Imports a PEM authority into the profile's certificate store, as the Trust place tells people to. */
  trust(pemFile: string): void;
  /** Closes all windows and opens the browser again on the same profile. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** `hostName` resolves to this computer. */
export async function openBrowser(hostName: string): Promise<OwnBrowser> {
  const home = mkdtempSync(path.join(tmpdir(), 'signet-home-'));
  const store = path.join(home, '.pki', 'nssdb');
  mkdirSync(store, { recursive: true });
  const certutil = (...args: string[]): void =>
    void execFileSync('certutil', ['-d', `sql:${store}`, ...args]);
  certutil('-N', '--empty-password');
  const launch = (): Promise<BrowserContext> =>
    chromium.launchPersistentContext(path.join(home, 'profile'), {
      executablePath: '/usr/bin/chromium',
      args: [...chromiumArguments, `--host-resolver-rules=MAP ${hostName} 127.0.0.1`],
      env: { ...definedEnvironment(), HOME: home },
      viewport: { width: 1280, height: 800 },
      acceptDownloads: true,
      permissions: ['local-network-access'],
    });
  const browser: OwnBrowser = {
    context: await launch(),
    trust: (pemFile) => certutil('-A', '-t', 'C,,', '-n', 'Signet test', '-i', pemFile),
    restart: async () => {
      await browser.context.close();
      browser.context = await launch();
    },
    close: async () => {
      await browser.context.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
  return browser;
}

const definedEnvironment = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
