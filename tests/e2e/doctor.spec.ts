/**
 * The doctor against the published list: every fault is really made (Mosquitto, Chromium's own network, certificate store
 * and permissions, the page's host) and the page has to name it. The page knows nothing of the list.
 */
import { fileURLToPath } from 'node:url';
import { expect, test } from '@playwright/test';
import { doctorCases, isRight, saidIn, type DoctorCase } from './support/doctor/doctor-cases.ts';
import { DoctorWorld } from './support/doctor/doctor-world.ts';
import { looksRight } from './support/doctor/looks-right.ts';

test.describe.configure({ mode: 'serial' });

let world: DoctorWorld;

test.beforeAll(async () => {
  test.setTimeout(180_000);
  world = await DoctorWorld.open(fileURLToPath(new URL('../../dist/', import.meta.url)));
});

test.afterAll(() => world.close());

const title = ({ kind, name }: DoctorCase): string =>
  `${name}: ${kind === 'knowable' ? 'named first' : 'among the first three'}`;

async function tried(each: DoctorCase): Promise<void> {
  const findings = await world.check(each.fault, looksRight);
  expect(
    isRight(each, findings),
    `${each.cause} of ${saidIn(findings).join(', ')}\n${findings.evidence}`,
  ).toBe(true);
  expect(findings.likely.length).toBeLessThanOrEqual(3);
}

for (const each of doctorCases.filter(({ isUntrusted }) => isUntrusted)) test(title(each), () => tried(each));

test('with nothing wrong it says so, and names no cause', async () => {
  await world.trustAll();
  const findings = await world.check({});
  expect(findings.headline).toContain('All is well');
  expect(saidIn(findings)).toEqual([]);
});

for (const each of doctorCases.filter(({ isUntrusted }) => !isUntrusted))
  test(title(each), () => tried(each));
