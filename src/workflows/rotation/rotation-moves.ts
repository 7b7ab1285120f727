/**
 * One move of a rotation, carried out: said to the device or made here, and stored. Each may be done again after a closed
 * tab: what is stored tells which. When it is whose turn is rotation-runner.ts's business, what comes next src/rotation's.
 */
import { slotParts, newKeySeed, type RotatedFile } from '../../contract/rotation.ts';
import { deviceTopic } from '../../contract/topics.ts';
import { certificateParts } from '../../pki/certificate-fields.ts';
import { commonNameOf } from '../../pki/distinguished-name.ts';
import { certify } from '../../pki/issuing.ts';
import { toCertificateRecord } from '../../pki/reading.ts';
import { readRequest } from '../../pki/request.ts';
import type { CertificateRecord, Device, DeviceId, Project, ProjectId } from '../../project/entities.ts';
import type { Rotation } from '../../project/rotation.ts';
import * as saga from '../../rotation/saga.ts';
import { concatBytes, equalBytes, fromBase64, type Bytes } from '../../shared/bytes.ts';
import { AppError, asAppError } from '../../shared/errors.ts';
import { anchorsOf, makeDeviceSlot } from '../device-image.ts';
import type { ProjectEnvironment } from '../environment.ts';
import type { LiveSession } from '../open-live.ts';
import type { WithCommandKey } from '../send-command.ts';
import { checkDistinct, ownedBy } from '../trust/owners.ts';
import { renewalRequest } from '../trust/renew-certificates.ts';
import { isRevoked, revokeCertificate } from '../trust/revoke.ts';
import { withIssuer } from '../trust/signing.ts';
import { withUnused } from './begin-rotations.ts';
import { moveRotation, type RotationKey } from './rotation-record.ts';
import { RotationTalk, TalkRefused } from './rotation-talk.ts';

export type RotationEnvironment = ProjectEnvironment;

export interface MoveContext {
  readonly env: RotationEnvironment;
  readonly projectId: ProjectId;
  readonly live: LiveSession;
  readonly withCommandKey: WithCommandKey;
  readonly signal: AbortSignal;
  /** Parts said so far, of all of this move. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** A move that does something. */
export type Made = Exclude<saga.Move['kind'], 'wait' | 'none'>;

interface Turn extends MoveContext {
  readonly project: Project;
  readonly device: Device;
  readonly rotation: Rotation;
  readonly key: RotationKey;
}

/**
 * Makes one move. Throws vault.locked, live.*, storage.*, pki.*, rotation.*; TalkBroken when only the device's next status
 * tells how it went. A device that says no ends the rotation: that is stored, not thrown.
 */
export async function makeMove(
  context: MoveContext,
  { project, rotation }: { readonly project: Project; readonly rotation: Rotation },
  move: Exclude<saga.Move, { kind: 'wait' | 'none' }>,
): Promise<void> {
  const device = deviceOf(project, rotation.deviceId);
  const key = { projectId: context.projectId, deviceId: device.id };
  const turn: Turn = { ...context, project, device, rotation, key };
  try {
    await (move.kind === 'revert' ? revert(turn, move.ending) : moves[move.kind](turn));
  } catch (thrown) {
    if (!(thrown instanceof TalkRefused)) throw thrown;
    await revert(turn, { why: 'refused', code: thrown.code });
  }
}

const moves = {
  ask,
  issue,
  deliver,
  try: tryIt,
  keep,
  adopt,
  'revoke-old': revokeOld,
  restart,
} satisfies Record<Exclude<Made, 'revert'>, (turn: Turn) => Promise<void>>;

function deviceOf(project: Project, deviceId: DeviceId): Device {
  const device = project.devices.find(({ id }) => id === deviceId);
  if (!device) throw new AppError('project.device-missing', { details: { device: deviceId } });
  return device;
}

function talkOf({ env, live, withCommandKey, project, device, signal }: Turn): RotationTalk {
  const bootNonce = live.devices.get(device.id)?.bootNonce ?? '';
  const commands = { clock: env.clock, live, withCommandKey };
  return new RotationTalk({ env: commands, project, deviceId: device.id, bootNonce, signal });
}

async function ask(turn: Turn): Promise<void> {
  const talk = talkOf(turn);
  const { of } = await talk.say('key.new', { seed: newKeySeed() });
  const parts: Bytes[] = [];
  for (let i = 0; i < Number(of); i++) {
    turn.onProgress?.(i, Number(of));
    const { b64 } = await talk.say('key.csr', { i });
    parts.push(Uint8Array.from(fromBase64(String(b64))));
  }
  const request = concatBytes(parts);
  if (!(await isItsOwn(turn, request))) return revert(turn, { why: 'request', code: null });
  await moveRotation(turn.env, turn.key, 'requested', (rotation, _, atMs) => ({
    rotation: saga.received(rotation, atMs, { request, bootNonce: talk.bootNonce }),
    entry: { what: 'certificate request received', details: {} },
  }));
}

/** Signed with its own key, for its own name, and with another key than before. */
async function isItsOwn({ env, device }: Turn, der: Bytes): Promise<boolean> {
  try {
    const request = await readRequest(der, env.crypto);
    const { publicKeyInfo } = certificateParts(device.credential.certificate.der);
    const isNewKey = !equalBytes(request.publicKeyInfo, Uint8Array.from(publicKeyInfo));
    return commonNameOf(request.subject) === device.id && request.attributes.length === 1 && isNewKey;
  } catch {
    return false;
  }
}

async function issue(turn: Turn): Promise<void> {
  const { env, projectId, project, device, rotation } = turn;
  const owner = `device:${device.id}` as const;
  const request = await readRequest(rotation.request ?? new Uint8Array(0), env.crypto);
  const context = { nowMs: env.clock.nowMs(), crypto: env.crypto };
  const der = await withIssuer(env, projectId, project.authorities.client, (issuer) =>
    certify(context, issuer, { ...renewalRequest(project, ownedBy(project, owner)), pair: request }),
  );
  checkDistinct(project, { der, owners: [owner] });
  const certificate = await toCertificateRecord(der, env.crypto);
  await moveRotation(env, turn.key, 'csr-received', (before, _, atMs) => ({
    rotation: saga.issued(before, atMs, certificate),
    entry: { what: 'certificate issued', details: { serial: certificate.serialNumberHex } },
  }));
}

async function deliver(turn: Turn): Promise<void> {
  const { env, project, device, rotation } = turn;
  const talk = talkOf(turn);
  const made = await makeDeviceSlot(env, project, withCertificate(device, rotation.certificate));
  try {
    const topic = deviceTopic(project.id, device.id, 'cmd');
    const names: readonly RotatedFile[] = ['cfg', 'ca', 'mac', 'crt'];
    const target = { topic, commandKey: made.appKey };
    const files = await Promise.all(names.map((name) => slotParts(name, made.slot[name], target)));
    const parts = files.flat();
    for (const [i, part] of parts.entries()) {
      turn.onProgress?.(i, parts.length);
      await talk.say('slot.put', { ...part });
    }
  } finally {
    for (const secret of [made.slot.cfg, made.slot.mac, made.slot.key, made.appKey]) secret.fill(0);
  }
  const given = { anchors: anchorsOf(project), commandKeys: device.commandKeys };
  const found = { generation: made.generation, bootNonce: talk.bootNonce, given };
  await moveRotation(env, turn.key, rotation.state, (before, _, atMs) => ({
    rotation: saga.delivered(before, atMs, found),
  }));
}

/** The slot is made without a key where it is on the chip; where it is here, the new certificate is not for it. */
const withCertificate = (device: Device, certificate: CertificateRecord | null): Device =>
  certificate ? { ...device, credential: { certificate, keyRecord: null } } : device;

async function tryIt(turn: Turn): Promise<void> {
  const { env, rotation } = turn;
  const talk = talkOf(turn);
  const isMoved = await moveRotation(env, turn.key, rotation.state, (before, _, atMs) => ({
    rotation: saga.tried(before, atMs),
  }));
  if (!isMoved) return;
  await talk.say('slot.try', { gen: rotation.generation ?? '', wait_s: saga.trialWaitS });
}

async function keep(turn: Turn): Promise<void> {
  await talkOf(turn).say('slot.keep', { gen: turn.rotation.generation ?? '' });
  await adopt(turn);
}

/** The device runs on it for good: from now on it is the project's. */
async function adopt({ env, key }: Turn): Promise<void> {
  await moveRotation(env, key, 'trying', (rotation, project, atMs) => {
    const before = deviceOf(project, key.deviceId).credential;
    const after = rotation.certificate ? { certificate: rotation.certificate, keyRecord: null } : before;
    const devices = project.devices.map((device): Device =>
      device.id === key.deviceId
        ? {
            ...device,
            credential: after,
            credentialState: 'in-use',
            generation: rotation.generation,
            writtenAnchors: rotation.given?.anchors ?? [],
            writtenCommandKeys: rotation.given?.commandKeys ?? [],
          }
        : device,
    );
    const owner = `device:${key.deviceId}` as const;
    const replaced = { owner, certificate: before.certificate, replacedAtMs: atMs };
    const isRenewal = rotation.certificate !== null;
    return {
      rotation: saga.kept(rotation, atMs, isRenewal ? before.certificate.serialNumberHex : null),
      project: {
        ...project,
        devices,
        replacedCertificates: [...project.replacedCertificates, ...(isRenewal ? [replaced] : [])],
      },
      // Nobody needs the old key here: on the board it stands beside the new one until the next rotation.
      changes:
        isRenewal && before.keyRecord !== null ? [{ kind: 'delete-record', id: before.keyRecord }] : [],
      entry: { what: 'board written', details: { by: 'MQTT', generation: rotation.generation ?? '' } },
    };
  });
}

async function revokeOld({ env, projectId, project, device, rotation, key }: Turn): Promise<void> {
  const owner = `device:${device.id}` as const;
  const serialNumberHex = rotation.oldSerialNumberHex ?? '';
  const old = project.replacedCertificates.find(
    (each) => each.owner === owner && each.certificate.serialNumberHex === serialNumberHex,
  );
  if (old && !isRevoked(project, old.certificate))
    await inspiteOfConflicts(() =>
      revokeCertificate(env, projectId, { owner, serialNumberHex, reason: 'superseded' }),
    );
  await moveRotation(env, key, 'kept', (before, _, atMs) => ({ rotation: saga.oldRevoked(before, atMs) }));
}

const mostConflicts = 20;

/** Several devices that come to their end at once revoke in turn. */
async function inspiteOfConflicts(work: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await work();
      return;
    } catch (thrown) {
      const { code } = asAppError(thrown);
      if (code === 'trust.already-revoked') return;
      if (code !== 'storage.conflict' || attempt === mostConflicts) throw thrown;
    }
  }
}

async function restart({ env, key, rotation }: Turn): Promise<void> {
  await moveRotation(env, key, rotation.state, (before, project, atMs) => ({
    rotation: saga.restarted(before, atMs),
    project: withUnused(project, before, atMs),
  }));
}

async function revert({ env, key, rotation }: Turn, ending: Rotation['ending'] & {}): Promise<void> {
  await moveRotation(env, key, rotation.state, (before, project, atMs) => ({
    rotation: saga.reverted(before, atMs, ending),
    project: withUnused(project, before, atMs),
    entry: { what: 'rotation ended without a change', details: { why: ending.why, code: ending.code ?? 0 } },
  }));
}
