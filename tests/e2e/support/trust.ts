/** Steps in Trust that several walks share, and a real Mosquitto that says who gets in. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, type Locator, type Page } from '@playwright/test';
import { toPem } from '../../../src/pki/pem.ts';
import { connect, publishReason } from '../../interop/broker-bench.ts';
import { startBundle } from './broker.ts';
import { createButton, download, fillForm } from './journey.ts';
import { openedSecret, storedProject } from './opened-secrets.ts';

/** Makes the project Porch with the device porch-1 and goes to Trust. `change` fills in more of the form. */
export async function openTrust(
  page: Page,
  origin: string,
  { ports = [8883, 8884], change }: { ports?: readonly number[]; change?: () => Promise<void> } = {},
): Promise<void> {
  await page.goto(origin);
  await page.getByRole('button', { name: 'New project' }).click();
  await fillForm(page, { hosts: 'localhost, 127.0.0.1' });
  await page.getByText('Ports of the broker').click();
  await page.getByLabel('Port for devices').fill(String(ports[0]));
  await page.getByLabel('Port for browsers').fill(String(ports[1]));
  await change?.();
  await createButton(page).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Porch' })).toBeVisible({ timeout: 30_000 });
  await page.getByRole('link', { name: 'Trust', exact: true }).click();
}

export const dialog = (page: Page): Locator => page.getByRole('dialog');

export const row = (page: Page, name: string): Locator =>
  page.getByRole('listitem').filter({ has: page.getByText(name, { exact: true }) });

export async function makeDevice(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: 'New certificate' }).click();
  await dialog(page).getByLabel('Name', { exact: true }).fill(name);
  await dialog(page).getByRole('button', { name: 'Make the certificate' }).click();
  await expect(page.getByText('The certificate is made.')).toBeVisible();
}

/** Opens the form of one certificate's row. */
export async function act(page: Page, name: string, action: 'Renew' | 'Revoke' | 'Re-issue'): Promise<void> {
  const button = page.getByRole('button', { name: `${action} ${name}`, exact: true });
  if (!(await button.isVisible())) await row(page, name).first().locator('summary').click();
  await button.click();
}

export async function revoke(page: Page, name: string): Promise<void> {
  await act(page, name, 'Revoke');
  await dialog(page).getByLabel('Reason').selectOption('keyCompromise');
  await dialog(page).getByRole('button', { name: 'Revoke', exact: true }).click();
  await expect(page.getByText(`${name} is revoked.`)).toBeVisible();
}

export interface Identity {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
}

/** What a board would hold, out of the browser's store. */
export async function identityOf(page: Page, deviceId: string): Promise<Identity> {
  const device = (await storedProject(page, 'porch')).devices.find(({ id }) => id === deviceId);
  if (!device) throw new Error(`no device ${deviceId}`);
  const { certificate, keyRecord } = device.credential;
  const key = toPem('PRIVATE KEY', await openedSecret(page, 'porch', keyRecord ?? 'on the chip'));
  return { cert: toPem('CERTIFICATE', certificate.der), key };
}

/** For each identity what a Mosquitto with the page's present bundle says: a publish's reason code, or `refused`. */
export async function brokerJudges(
  page: Page,
  ports: readonly number[],
  identities: readonly Identity[],
): Promise<(number | 'refused')[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'signet-trust-'));
  await page.getByRole('link', { name: 'Broker', exact: true }).click();
  const { bytes } = await download(page, page.getByRole('button', { name: 'Get broker files' }));
  await page.getByRole('link', { name: 'Trust', exact: true }).click();
  writeFileSync(path.join(folder, 'bundle.zip'), bytes);
  try {
    const broker = await startBundle(path.join(folder, 'bundle.zip'), ports);
    try {
      const ca = readFileSync(path.join(broker.folder, 'mosquitto/certs/server-ca.crt'));
      const verdicts: (number | 'refused')[] = [];
      for (const identity of identities) verdicts.push(await inAs(identity, { ca, port: ports[0] ?? 0 }));
      return verdicts;
    } finally {
      await broker.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function inAs(
  identity: Identity,
  { ca, port }: { readonly ca: Buffer; readonly port: number },
): Promise<number | 'refused'> {
  try {
    const client = await connect({ protocol: 'mqtts', host: 'localhost', port, ca, ...identity });
    const subject = execFileSync('openssl', ['x509', '-noout', '-subject', '-nameopt', 'multiline'], {
      input: identity.cert,
    });
    const [, id = ''] = /commonName\s+= (\S+)/.exec(subject.toString()) ?? [];
    const reason = await publishReason(client, `signet/porch/${id}/tele`);
    await client.endAsync(true);
    return reason;
  } catch {
    return 'refused';
  }
}
