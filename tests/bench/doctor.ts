/**
 * How often the doctor names the cause: every fault of the published list (docs/doctor.md) is made in the same run, with
 * real Mosquitto and Chromium, and the page's own verdict is read off its screen.
 */
import { doctorCases, isRight, saidIn, type DoctorCase } from '../e2e/support/doctor/doctor-cases.ts';
import { DoctorWorld } from '../e2e/support/doctor/doctor-world.ts';
import { note, type Bench } from './support/bench.ts';
import { buildInto, temporaryFolder } from './support/built-page.ts';

async function rightCases(): Promise<ReadonlySet<DoctorCase>> {
  const { folder, dispose } = temporaryFolder();
  try {
    await buildInto(folder);
    const world = await DoctorWorld.open(folder);
    try {
      return await tryAll(world);
    } finally {
      await world.close();
    }
  } finally {
    dispose();
  }
}

async function tryAll(world: DoctorWorld): Promise<ReadonlySet<DoctorCase>> {
  const right = new Set<DoctorCase>();
  const tryOne = async (each: DoctorCase): Promise<void> => {
    const findings = await world.check(each.fault);
    if (isRight(each, findings)) right.add(each);
    note(`  ${isRight(each, findings) ? 'right' : 'WRONG'}  ${each.name}: ${saidIn(findings).join(', ')}`);
  };
  for (const each of doctorCases.filter(({ isUntrusted }) => isUntrusted)) await tryOne(each);
  await world.trustAll();
  for (const each of doctorCases.filter(({ isUntrusted }) => !isUntrusted)) await tryOne(each);
  return right;
}

let tried: Promise<ReadonlySet<DoctorCase>> | null = null;

async function percentRight(kind: DoctorCase['kind']): Promise<number> {
  const right = await (tried ??= rightCases());
  const cases = doctorCases.filter((each) => each.kind === kind);
  return (100 * cases.filter((each) => right.has(each)).length) / cases.length;
}

export const benches: readonly Bench[] = [
  {
    name: 'doctor.first',
    unit: '%',
    run: async () => ({ value: await percentRight('knowable'), yardstick: null }),
  },
  {
    name: 'doctor.top3',
    unit: '%',
    run: async () => ({ value: await percentRight('opaque'), yardstick: null }),
  },
];
