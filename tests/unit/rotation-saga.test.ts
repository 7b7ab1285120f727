// A rotation's steps as a pure machine: what comes next for whatever is seen of the device, also after a closed tab.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CertificateRecord } from '../../src/project/entities.ts';
import type { Rotation, RotationState } from '../../src/project/rotation.ts';
import * as saga from '../../src/rotation/saga.ts';

const boot = 'aaaaaaaaaaaaaaaa';
const nextBoot = 'bbbbbbbbbbbbbbbb';
const certificate = { serialNumberHex: '01' } as CertificateRecord;
const seen: saga.DeviceSight = { isOnline: true, bootNonce: boot, generation: 'old00000', onTrial: false };
const given = { anchors: [], commandKeys: [] };
const wish = { deviceId: 'porch-1', kind: 'renewal', old: 'runs-out' } as const;

/** The renewal in each of its states, as the workflow brings it there. */
const inState = ((): Readonly<Record<RotationState, Rotation>> => {
  const requested = saga.begun(wish, 1);
  const received = saga.received(requested, 2, { request: new Uint8Array(1), bootNonce: boot });
  const issued = saga.issued(received, 3, certificate);
  const delivered = saga.delivered(issued, 4, { generation: 'new00000', bootNonce: boot, given });
  const trying = saga.tried(delivered, 5);
  const kept = saga.kept(trying, 6, '0a');
  const ending = { why: 'not-kept', code: null } as const;
  return {
    requested,
    'csr-received': received,
    issued,
    delivered,
    trying,
    kept,
    'old-revoked': saga.oldRevoked(kept, 7),
    reverted: saga.reverted(trying, 7, ending),
  };
})();

const next = (state: RotationState, sight: Partial<saga.DeviceSight> = {}): string =>
  saga.nextMove(inState[state], { ...seen, ...sight }).kind;

describe('a rotation', () => {
  it('asks, issues, delivers, tries', () => {
    const order = (['requested', 'csr-received', 'issued', 'delivered'] as const).map((state) => next(state));
    expect(order).toEqual(['ask', 'issue', 'deliver', 'try']);
  });

  it('waits for its device in every state that needs it, and in none that does not', () => {
    const states = Object.keys(inState) as RotationState[];
    const waiting = states.filter((state) => next(state, { isOnline: false }) === 'wait');
    expect(waiting).toEqual(['requested', 'csr-received', 'issued', 'delivered', 'trying']);
  });

  it('of settings alone needs no key and no authority', () => {
    const settings = saga.begun({ ...wish, kind: 'settings' }, 1);
    expect(saga.nextMove(settings, seen).kind).toBe('deliver');
    const delivered = saga.delivered(settings, 2, { generation: 'new00000', bootNonce: boot, given });
    expect(saga.nextMove(saga.kept(delivered, 3, null), seen).kind).toBe('none');
  });

  it('starts again when the device did before it had everything, and gives up after the third time', () => {
    let rotation = inState.delivered;
    for (let times = 0; times < 3; times++) {
      expect(saga.nextMove(rotation, { ...seen, bootNonce: nextBoot }).kind).toBe('restart');
      const again = saga.restarted(rotation, 9);
      expect(again).toMatchObject({
        state: 'requested',
        certificate: null,
        generation: null,
        bootNonce: null,
      });
      rotation = saga.received(again, 9, { request: new Uint8Array(1), bootNonce: boot });
    }
    expect(saga.nextMove(rotation, { ...seen, bootNonce: nextBoot })).toEqual({
      kind: 'revert',
      ending: { why: 'restarts', code: null },
    });
  });

  it('on trial is told again, kept, found kept, or found to have gone back, by what the device runs on', () => {
    expect(next('trying')).toBe('try');
    expect(next('trying', { bootNonce: nextBoot, generation: 'new00000', onTrial: true })).toBe('keep');
    expect(next('trying', { bootNonce: nextBoot, generation: 'new00000' })).toBe('adopt');
    expect(next('trying', { bootNonce: nextBoot })).toBe('revert');
  });

  it('leaves a device alone that tries something else', () => {
    for (const state of ['requested', 'csr-received', 'issued', 'delivered'] as const)
      expect(saga.nextMove(inState[state], { ...seen, onTrial: true })).toEqual({
        kind: 'wait',
        for: 'trial',
      });
  });

  it('revokes the old certificate only when that was asked for', () => {
    expect(next('kept')).toBe('none');
    expect(saga.nextMove({ ...inState.kept, old: 'revoke' }, seen).kind).toBe('revoke-old');
    expect(saga.hasEnded({ ...inState.kept, old: 'revoke' })).toBe(false);
    expect(saga.hasEnded(inState.kept)).toBe(true);
  });

  it('can be cancelled until the device is told to try', () => {
    const states = Object.keys(inState) as RotationState[];
    expect(states.filter((state) => saga.isCancellable(inState[state]))).toEqual([
      ...['requested', 'csr-received', 'issued', 'delivered'],
    ]);
  });

  it('never switches or keeps anything that the device does not run on, whatever it says', () => {
    const sight = fc.record({
      isOnline: fc.boolean(),
      bootNonce: fc.constantFrom(null, boot, nextBoot),
      generation: fc.constantFrom(null, 'old00000', 'new00000'),
      onTrial: fc.boolean(),
    });
    const state = fc.constantFrom(...(Object.keys(inState) as RotationState[]));
    fc.assert(
      fc.property(state, sight, (name, now) => {
        const { kind } = saga.nextMove(inState[name], now);
        if (kind === 'keep' || kind === 'adopt') {
          expect(now.generation).toBe('new00000');
          expect(now.onTrial).toBe(kind === 'keep');
        }
        if (kind === 'try') expect(now.bootNonce).toBe(boot);
        if (kind === 'issue') expect(name).toBe('csr-received');
      }),
    );
  });
});
