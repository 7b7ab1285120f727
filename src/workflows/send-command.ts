/**
 * Gives a device a signed command: made for its present boot, by its own clock, with the page's key. Its life is
 * command-exchange.ts's, the envelope contract/envelope.ts's business.
 */
import {
  importCommandKey,
  maxCommandBytes,
  newCommandId,
  sealCommand,
  type CommandBody,
  type CommandName,
} from '../contract/envelope.ts';
import { deviceTopic } from '../contract/topics.ts';
import type { DeviceId, Project } from '../project/entities.ts';
import type { Clock } from '../shared/clock.ts';
import { AppError } from '../shared/errors.ts';
import { CommandExchange } from './command-exchange.ts';
import type { CommandState } from './command-state.ts';
import type { LiveSession } from './open-live.ts';
import { openSecret, type SecretEnvironment } from './open-secret.ts';

export { commandWords, type CommandState } from './command-state.ts';

/** Lends a device's command key; its raw bytes do not outlive the call. */
export type WithCommandKey = <T>(deviceId: DeviceId, use: (key: CryptoKey) => Promise<T>) => Promise<T>;

export interface CommandEnvironment {
  readonly clock: Clock;
  readonly live: Pick<LiveSession, 'broker' | 'devices' | 'noteClock' | 'state'>;
  readonly withCommandKey: WithCommandKey;
}

export interface CommandRequest {
  readonly name: CommandName;
  readonly arguments: CommandBody['a'];
  readonly onState?: (state: CommandState) => void;
  /** Stops waiting; what was sent stays sent. */
  readonly signal?: AbortSignal;
  /** `last` of an answer before: the device takes only what is later, and the estimate of its clock may have gone back. */
  readonly laterThanMs?: number;
  /** For the device's answer, from sending on. */
  readonly timeoutMs?: number;
}

/** Name of the page's own key in the device's key file. */
export const pageKeyName = 'app';

/** How long the device may take to accept it; it refuses what is older. */
const timeToLiveMs = 10_000;
const defaultTimeoutMs = 12_000;

/**
 * Resolves with the last state: done, refused, no-answer or unknown.
 * Throws live.not-connected, live.device-not-seen, live.command-too-large, vault.locked: then nothing was sent.
 */
export async function sendCommand(
  env: CommandEnvironment,
  project: Pick<Project, 'id'>,
  deviceId: DeviceId,
  request: CommandRequest,
): Promise<CommandState> {
  if (env.live.state.kind !== 'connected') throw new AppError('live.not-connected');
  return env.withCommandKey(deviceId, async (key) => {
    const topic = deviceTopic(project.id, deviceId, 'cmd');
    const body = newBody(env, deviceId, request);
    const payload = await sealCommand(topic, pageKeyName, key, body);
    if (payload.length > maxCommandBytes) {
      const details = { sizeBytes: payload.length, maxBytes: maxCommandBytes };
      throw new AppError('live.command-too-large', { details });
    }
    const replyTopic = deviceTopic(project.id, deviceId, 'reply');
    const command = { topic, payload, key, deviceId, replyTopic, commandId: body.i };
    const { onState, signal, timeoutMs = defaultTimeoutMs } = request;
    return new CommandExchange(env, command, { onState, signal, timeoutMs }).run();
  });
}

/** {@link WithCommandKey} from the project's sealed records. */
export function commandKeysOf(env: SecretEnvironment, project: Project): WithCommandKey {
  return async (deviceId, use) => {
    const device = project.devices.find((candidate) => candidate.id === deviceId);
    if (!device) throw new AppError('live.device-not-seen', { details: { deviceId } });
    const raw = await openSecret(env, project.id, device.commandKeyRecord);
    const key = await importCommandKey(raw).finally(() => raw.fill(0));
    return use(key);
  };
}

function newBody(env: CommandEnvironment, deviceId: DeviceId, request: CommandRequest): CommandBody {
  const device = env.live.devices.get(deviceId);
  if (!device?.bootNonce) throw new AppError('live.device-not-seen', { details: { deviceId } });
  return {
    i: newCommandId(),
    n: device.bootNonce,
    ts: Math.max(Math.round(env.clock.nowMs() + (device.clockOffsetMs ?? 0)), (request.laterThanMs ?? 0) + 1),
    ttl: timeToLiveMs,
    c: request.name,
    a: request.arguments,
  };
}
