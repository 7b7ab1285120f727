/**
 * One device's way up as a list of stages, reduced from sightings: pure, immutable. A boot is known by its nonce; what
 * belongs to another boot ticks nothing.
 */
import { codeText } from '../contract/codes.ts';
import type { BootStage } from '../contract/boot-lines.ts';
import type { Sighting } from './sighting.ts';

/** The stages of the checklist, in order; `safe` is a mode, not a stage. */
export const bringUpStages = ['boot', 'fs', 'cfg', 'wifi', 'time', 'dns', 'tls', 'mqtt', 'read'] as const;
export type BringUpStage = (typeof bringUpStages)[number];

export type StageState = 'waiting' | 'trying' | 'ok' | 'failed' | 'not-needed' | 'simulated';

export const stageWords: Readonly<Record<StageState, string>> = {
  waiting: 'Waiting',
  trying: 'Trying',
  ok: 'OK',
  failed: 'Failed',
  'not-needed': 'Not needed',
  simulated: 'Simulated',
};

export const stageLabels: Readonly<Record<BringUpStage, string>> = {
  boot: 'Booted',
  fs: 'Files',
  cfg: 'Settings',
  wifi: 'Wi-Fi',
  time: 'Time',
  dns: "Broker's name",
  tls: 'TLS',
  mqtt: 'Broker',
  read: 'Reading',
};

/** Why a stage failed, or what it went on in spite of, from the device's code. */
export interface StageFailure {
  readonly code: number | null;
  readonly cause: string;
  readonly remedy: string;
}

export interface StageView {
  readonly stage: BringUpStage;
  readonly state: StageState;
  /** Who saw it; `implied` when a later stage proves it. Null while waiting. */
  readonly source: 'serial' | 'broker' | 'implied' | null;
  /** With the state `ok`: the stage was passed all the same, for example with a safe default. */
  readonly failure: StageFailure | null;
  readonly fields: Readonly<Record<string, string>>;
  /** Unix ms; null while waiting. */
  readonly atMs: number | null;
}

export interface BringUp {
  readonly deviceId: string | null;
  /** Null until the boot line was seen. */
  readonly bootNonce: string | null;
  readonly stages: Readonly<Record<BringUpStage, StageView>>;
  /** Set when the device runs in safe mode. */
  readonly safeMode: StageFailure | null;
  /** When the serial line last spoke of this boot, Unix ms. */
  readonly lastSerialMs: number | null;
}

const waiting = (stage: BringUpStage): StageView => ({
  stage,
  state: 'waiting',
  source: null,
  failure: null,
  fields: {},
  atMs: null,
});

export function newBringUp(deviceId: string | null, bootNonce: string | null): BringUp {
  const stages = Object.fromEntries(bringUpStages.map((stage) => [stage, waiting(stage)]));
  return { deviceId, bootNonce, stages: stages as BringUp['stages'], safeMode: null, lastSerialMs: null };
}

/** In the order of the checklist. */
export const stageList = (bringUp: BringUp): StageView[] =>
  bringUpStages.map((stage) => bringUp.stages[stage]);

/** A sighting of this very boot; the caller has checked the nonce. */
export function withSighting(bringUp: BringUp, sighting: Sighting): BringUp {
  const { stage } = sighting;
  const seen: BringUp = {
    ...bringUp,
    deviceId: sighting.deviceId ?? bringUp.deviceId,
    bootNonce: bringUp.bootNonce ?? sighting.bootNonce,
    lastSerialMs: sighting.source === 'serial' ? sighting.atMs : bringUp.lastSerialMs,
  };
  if (stage === 'safe')
    return { ...seen, safeMode: sighting.state === 'skip' ? null : failureOf(sighting, 901) };
  const view = viewOf(stage, sighting);
  const own: BringUp = { ...seen, stages: { ...seen.stages, [stage]: view } };
  const reached = view.state === 'ok' || view.state === 'simulated' || view.state === 'not-needed';
  return reached ? withImplied(own, stage, sighting.atMs) : withUndone(own, stage);
}

function viewOf(stage: BringUpStage, sighting: Sighting): StageView {
  const { state, code } = sighting;
  const isSimulated = stage === 'tls' && sighting.state === 'ok' && sighting.fields['sim'] === '1';
  const states = { try: 'trying', ok: 'ok', fail: 'failed', skip: 'not-needed' } as const;
  return {
    stage,
    state: isSimulated ? 'simulated' : states[sighting.state],
    source: sighting.source,
    failure: state === 'fail' || (state === 'ok' && code !== null) ? failureOf(sighting, null) : null,
    fields: sighting.fields,
    atMs: sighting.atMs,
  };
}

function failureOf(sighting: Sighting, usualCode: number | null): StageFailure {
  const code = sighting.code ?? usualCode;
  const text = code === null ? null : codeText(code);
  if (text) return { code, cause: text.message, remedy: text.remedy };
  return {
    code,
    cause:
      code === null
        ? 'The device did not say why.'
        : `The device gave code ${code}, which this page does not know.`,
    remedy: 'Look at the lines of the console. The firmware may be newer than this page.',
  };
}

const local: readonly BootStage[] = ['boot', 'fs', 'cfg'];
const network: readonly BootStage[] = ['wifi', 'time', 'dns', 'tls'];

/** What must have gone well for this stage to do so: a line may have been lost, or nobody held the cable. */
function impliedBy(stage: BringUpStage): readonly BootStage[] {
  if (stage === 'mqtt') return [...local, ...network];
  const before = bringUpStages.slice(0, bringUpStages.indexOf(stage));
  return stage === 'tls' || stage === 'dns'
    ? [...local, 'wifi']
    : before.filter((name) => local.includes(name));
}

function withImplied(bringUp: BringUp, stage: BringUpStage, atMs: number): BringUp {
  const stages = { ...bringUp.stages };
  for (const name of bringUpStages) {
    const { state } = stages[name];
    // The time may have failed for good: TLS then went by the stored floor.
    const isOpen = state === 'waiting' || state === 'trying' || (state === 'failed' && name !== 'time');
    if (isOpen && impliedBy(stage).includes(name)) {
      stages[name] = { ...waiting(name), state: 'ok', source: 'implied', atMs };
    }
  }
  return { ...bringUp, stages };
}

const after: Partial<Record<BringUpStage, readonly BringUpStage[]>> = {
  wifi: ['dns', 'tls', 'mqtt'],
  dns: ['tls', 'mqtt'],
  tls: ['mqtt'],
};

/** A stage that is tried again, or failed, takes back what stood on it; failures stay visible. */
function withUndone(bringUp: BringUp, stage: BringUpStage): BringUp {
  const stages = { ...bringUp.stages };
  for (const name of after[stage] ?? []) if (stages[name].state !== 'failed') stages[name] = waiting(name);
  return { ...bringUp, stages };
}
