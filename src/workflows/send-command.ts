/**
 * One signed command's life: sent, taken by the broker, done or refused, or honestly unknown. Sent once, never again:
 * what is not answered may have happened. The envelope is contract/envelope.ts's business.
 */
import { codeText } from '../contract/codes.ts';
import {
  importCommandKey,
  maxCommandBytes,
  newCommandId,
  openReply,
  sealCommand,
  type CommandBody,
  type CommandName,
  type ReplyBody,
} from '../contract/envelope.ts';
import { deviceTopic } from '../contract/topics.ts';
import type { DeviceId, Project } from '../project/entities.ts';
import type { Bytes } from '../shared/bytes.ts';
import type { Clock } from '../shared/clock.ts';
import { AppError, asAppError } from '../shared/errors.ts';
import type { LiveSession } from './open-live.ts';
import { openSecret, type SecretEnvironment } from './open-secret.ts';

/** Lends a device's command key; its raw bytes do not outlive the call. */
export type WithCommandKey = <T>(deviceId: DeviceId, use: (key: CryptoKey) => Promise<T>) => Promise<T>;

export interface CommandEnvironment {
  readonly clock: Clock;
  readonly live: Pick<LiveSession, 'broker' | 'devices' | 'noteClock' | 'state'>;
  readonly withCommandKey: WithCommandKey;
}

/** All times in ms since the command was sent. */
export type CommandState =
  | { readonly kind: 'sent' }
  | { readonly kind: 'taken'; readonly afterMs: number }
  | { readonly kind: 'done'; readonly afterMs: number; readonly reply: ReplyBody }
  | {
      readonly kind: 'refused';
      readonly afterMs: number;
      readonly by: 'broker' | 'device';
      readonly code: number | null;
      readonly cause: string;
      readonly remedy: string;
    }
  /** The broker took it, the device said nothing. */
  | { readonly kind: 'no-answer' }
  /** Not even the broker answered, or the page stopped waiting. */
  | { readonly kind: 'unknown' };

export interface CommandRequest {
  readonly name: CommandName;
  readonly arguments: CommandBody['a'];
  readonly onState?: (state: CommandState) => void;
  /** Stops waiting; what was sent stays sent. */
  readonly signal?: AbortSignal;
  /** For the device's answer, from sending on. */
  readonly timeoutMs?: number;
}

/** Name of the page's own key in the device's key file. */
export const pageKeyName = 'app';

/** How long the device may take to accept it; it refuses what is older. */
const timeToLiveMs = 10_000;
const defaultTimeoutMs = 12_000;

/** The words of a command's state. */
export function commandWords(state: CommandState): string {
  switch (state.kind) {
    case 'sent':
      return 'Sent';
    case 'taken':
      return 'Taken by broker';
    case 'done':
      return 'Done';
    case 'refused':
      return `Refused: ${state.cause}`;
    case 'no-answer':
      return 'No answer: it may have happened';
    case 'unknown':
      return 'Unknown';
  }
}

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
    const exchange = new CommandExchange(env, request, {
      topic,
      payload,
      body,
      key,
      deviceId,
      replyTopic: deviceTopic(project.id, deviceId, 'reply'),
    });
    return exchange.run();
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
    ts: Math.round(env.clock.nowMs() + (device.clockOffsetMs ?? 0)),
    ttl: timeToLiveMs,
    c: request.name,
    a: request.arguments,
  };
}

/** MQTT 5 reason codes of a PUBACK. */
const noMatchingSubscribers = 16;
const notAuthorised = 135;

function brokerRefusal(code: number): { cause: string; remedy: string } {
  if (code === noMatchingSubscribers) {
    return {
      cause: 'The device is not connected to the broker: nobody received the command.',
      remedy: 'Wait until the device is online, then send again.',
    };
  }
  const remedy = 'Install the newest bundle on the broker: its access list knows this device.';
  if (code !== notAuthorised)
    return { cause: `The broker did not take the command (reason ${code}).`, remedy };
  return { cause: "The broker's access list does not let this page give commands to the device.", remedy };
}

interface CommandParts {
  readonly topic: string;
  readonly replyTopic: string;
  readonly payload: Bytes;
  readonly body: CommandBody;
  readonly key: CryptoKey;
  readonly deviceId: DeviceId;
}

class CommandExchange {
  readonly #env: CommandEnvironment;
  readonly #request: CommandRequest;
  readonly #parts: CommandParts;
  readonly #startedMs: number;
  #isOver = false;
  #isTaken = false;

  constructor(env: CommandEnvironment, request: CommandRequest, parts: CommandParts) {
    this.#env = env;
    this.#request = request;
    this.#parts = parts;
    this.#startedMs = env.clock.monotonicMs();
  }

  async run(): Promise<CommandState> {
    const waiting = new AbortController();
    const stop = (): void => waiting.abort();
    this.#request.signal?.addEventListener('abort', stop, { once: true });
    if (this.#request.signal?.aborted) stop();
    const [answered, unsubscribe] = this.#listen();
    try {
      const silence = this.#env.clock.sleep(this.#timeoutMs, waiting.signal).then(() => null);
      const refusal = this.#publish(waiting.signal);
      // The answer may overtake the broker's own acknowledgement.
      const answer = await Promise.race([answered, silence, refusal.then((state) => state ?? answered)]);
      return this.#end(answer ?? (this.#isTaken ? { kind: 'no-answer' } : { kind: 'unknown' }));
    } finally {
      unsubscribe();
      stop();
      this.#request.signal?.removeEventListener('abort', stop);
    }
  }

  get #timeoutMs(): number {
    return this.#request.timeoutMs ?? defaultTimeoutMs;
  }

  get #afterMs(): number {
    return Math.round(this.#env.clock.monotonicMs() - this.#startedMs);
  }

  /** A state when that is the end of it: refused by the broker. Throws live.not-connected. */
  async #publish(signal: AbortSignal): Promise<CommandState | null> {
    const { topic, payload } = this.#parts;
    const acknowledged = this.#env.live.broker.publish(
      { topic, payload, qos: 1 },
      { signal, timeoutMs: this.#timeoutMs },
    );
    this.#tell({ kind: 'sent' });
    try {
      const { reasonCode } = await acknowledged;
      if (reasonCode >= 128 || reasonCode === noMatchingSubscribers) return this.#refusedByBroker(reasonCode);
      this.#isTaken = true;
      this.#tell({ kind: 'taken', afterMs: this.#afterMs });
      return null;
    } catch (thrown) {
      // Without an acknowledgement it may still have gone through: the device's answer decides.
      if (asAppError(thrown).code === 'live.no-acknowledgement') return null;
      throw thrown;
    }
  }

  #listen(): [answered: Promise<CommandState>, unsubscribe: () => void] {
    let unsubscribe = (): void => undefined;
    const answered = new Promise<CommandState>((resolve) => {
      unsubscribe = this.#env.live.broker.onMessages((batch) => {
        for (const { topic, payload, atMs } of batch) {
          if (topic === this.#parts.replyTopic)
            void this.#read(payload, atMs).then((state) => state && resolve(state));
        }
      });
    });
    return [answered, unsubscribe];
  }

  /** Null for anything but the genuine reply to this very command. */
  async #read(payload: Uint8Array, atMs: number): Promise<CommandState | null> {
    const reply = await openReply(this.#parts.replyTopic, this.#parts.key, payload);
    if (reply?.i !== this.#parts.body.i) return null;
    if (reply.now !== undefined && reply.now > 0) {
      this.#env.live.noteClock(this.#parts.deviceId, reply.now - atMs);
    }
    const afterMs = this.#afterMs;
    if (reply.ok === 1) return { kind: 'done', afterMs, reply };
    const code = reply.e ?? null;
    const text = code === null ? null : codeText(code);
    return {
      kind: 'refused',
      afterMs,
      by: 'device',
      code,
      cause: text?.message ?? `The device gave code ${code ?? 'none'}, which this page does not know.`,
      remedy: text?.remedy ?? 'The firmware may be newer than this page: reload the page.',
    };
  }

  #refusedByBroker(code: number): CommandState {
    return { kind: 'refused', afterMs: this.#afterMs, by: 'broker', code, ...brokerRefusal(code) };
  }

  #end(state: CommandState): CommandState {
    this.#isOver = true;
    this.#request.onState?.(state);
    return state;
  }

  #tell(state: CommandState): void {
    if (!this.#isOver) this.#request.onState?.(state);
  }
}
