/**
 * A rotation's steps as a pure machine (docs/contracts.md, "Rotation" and "A rotation as it is stored"): what to do next
 * for what is seen of the device, and each step's record. Sends nothing, stores nothing, and knows no keys.
 */
import type { CertificateRecord, DeviceId } from '../project/entities.ts';
import type { GivenAlong, Rotation, RotationEnding, RotationState } from '../project/rotation.ts';
import type { Bytes } from '../shared/bytes.ts';

/** What is known of the device now; of a device that was not heard every field is empty. */
export interface DeviceSight {
  readonly isOnline: boolean;
  readonly bootNonce: string | null;
  /** `gen` of what it runs on. */
  readonly generation: string | null;
  readonly onTrial: boolean;
}

/**
 * ask: for a new key and its request. restart: what the device had of it is gone. adopt: it runs on the new ones
 * already. revert: it runs on the old ones again. wait: until the device is online, or another trial is over.
 */
export type Move =
  | { readonly kind: 'ask' | 'issue' | 'deliver' | 'try' | 'keep' | 'adopt' | 'revoke-old' | 'restart' }
  | { readonly kind: 'revert'; readonly ending: RotationEnding }
  | { readonly kind: 'wait'; readonly for: 'device' | 'trial' }
  | { readonly kind: 'none' };

const mostRestarts = 3;

/** How long the device tries to be online, and then waits to be kept; `wait_s` of `slot.try`. */
export const trialWaitS = 120;
/** It starts three times before it goes back. */
export const trialMostS = 3 * trialWaitS;

export const hasEnded = (rotation: Rotation): boolean => nextMove(rotation, unseen).kind === 'none';

/** Nothing that it was told can change what the device runs on yet. */
export const isCancellable = ({ state }: Rotation): boolean =>
  ['requested', 'csr-received', 'issued', 'delivered'].includes(state);

const unseen: DeviceSight = { isOnline: false, bootNonce: null, generation: null, onTrial: false };

export function nextMove(rotation: Rotation, sight: DeviceSight): Move {
  const { state } = rotation;
  if (state === 'reverted' || state === 'old-revoked') return { kind: 'none' };
  if (state === 'kept') return { kind: isRevocationDue(rotation) ? 'revoke-old' : 'none' };
  if (!sight.isOnline || sight.bootNonce === null) return { kind: 'wait', for: 'device' };
  if (state === 'trying') return moveOfTrial(rotation, sight);
  // Somebody else's, or one that was given up: the device takes nothing until it is over.
  if (sight.onTrial) return { kind: 'wait', for: 'trial' };
  if (state === 'requested') return { kind: rotation.kind === 'renewal' ? 'ask' : 'deliver' };
  if (rotation.bootNonce !== sight.bootNonce) return moveOfRestart(rotation);
  const moves = { 'csr-received': 'issue', issued: 'deliver', delivered: 'try' } as const;
  return { kind: moves[state] };
}

function moveOfTrial(rotation: Rotation, sight: DeviceSight): Move {
  // It did not start anew since: the word to try never came, or it is about to.
  if (sight.bootNonce === rotation.bootNonce) return { kind: 'try' };
  if (sight.generation === rotation.generation) return { kind: sight.onTrial ? 'keep' : 'adopt' };
  return { kind: 'revert', ending: { why: 'not-kept', code: null } };
}

const moveOfRestart = (rotation: Rotation): Move =>
  rotation.restarts < mostRestarts
    ? { kind: 'restart' }
    : { kind: 'revert', ending: { why: 'restarts', code: null } };

const isRevocationDue = ({ kind, old, oldSerialNumberHex }: Rotation): boolean =>
  kind === 'renewal' && old === 'revoke' && oldSerialNumberHex !== null;

export interface RotationWish {
  readonly deviceId: DeviceId;
  readonly kind: Rotation['kind'];
  readonly old: Rotation['old'];
}

export const begun = (wish: RotationWish, atMs: number): Rotation => ({
  ...wish,
  state: 'requested',
  steps: [{ state: 'requested', atMs }],
  bootNonce: null,
  request: null,
  certificate: null,
  generation: null,
  given: null,
  oldSerialNumberHex: null,
  restarts: 0,
  ending: null,
});

const became = (
  rotation: Rotation,
  state: RotationState,
  atMs: number,
  more: Partial<Rotation> = {},
): Rotation => ({ ...rotation, ...more, state, steps: [...rotation.steps, { state, atMs }] });

export const received = (
  rotation: Rotation,
  atMs: number,
  found: { readonly request: Bytes; readonly bootNonce: string },
): Rotation => became(rotation, 'csr-received', atMs, found);

export const issued = (rotation: Rotation, atMs: number, certificate: CertificateRecord): Rotation =>
  became(rotation, 'issued', atMs, { certificate });

export const delivered = (
  rotation: Rotation,
  atMs: number,
  found: { readonly generation: string; readonly bootNonce: string; readonly given: GivenAlong },
): Rotation => became(rotation, 'delivered', atMs, found);

/** Before the word to try is sent; sent once more, nothing changes. */
export const tried = (rotation: Rotation, atMs: number): Rotation =>
  rotation.state === 'trying' ? rotation : became(rotation, 'trying', atMs);

export const kept = (rotation: Rotation, atMs: number, oldSerialNumberHex: string | null): Rotation =>
  became(rotation, 'kept', atMs, { oldSerialNumberHex });

export const oldRevoked = (rotation: Rotation, atMs: number): Rotation =>
  became(rotation, 'old-revoked', atMs);

export const reverted = (rotation: Rotation, atMs: number, ending: RotationEnding): Rotation =>
  became(rotation, 'reverted', atMs, { ending });

/** From the beginning: the key that the certificate was made for is gone with the boot that had it. */
export const restarted = (rotation: Rotation, atMs: number): Rotation =>
  became(rotation, 'requested', atMs, {
    bootNonce: null,
    request: null,
    certificate: null,
    generation: null,
    given: null,
    restarts: rotation.restarts + 1,
  });
