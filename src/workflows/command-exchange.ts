/**
 * One sealed command on its way: published once, and the genuine reply awaited. What is not answered may have happened,
 * so nothing is ever sent again from here.
 */
import { openReply } from '../contract/envelope.ts';
import type { DeviceId } from '../project/entities.ts';
import type { Bytes } from '../shared/bytes.ts';
import type { Clock } from '../shared/clock.ts';
import { asAppError } from '../shared/errors.ts';
import { brokerRefusal, deviceRefusal, isTakenByBroker, type CommandState } from './command-state.ts';
import type { LiveSession } from './open-live.ts';

/** What is sent, and what the answer to it is told by. */
export interface SealedCommand {
  readonly deviceId: DeviceId;
  readonly topic: string;
  readonly replyTopic: string;
  readonly payload: Bytes;
  /** `i` of the body: the reply repeats it. */
  readonly commandId: string;
  readonly key: CryptoKey;
}

export interface ExchangeEnvironment {
  readonly clock: Clock;
  readonly live: Pick<LiveSession, 'broker' | 'noteClock'>;
}

export interface ExchangeOptions {
  readonly onState?: ((state: CommandState) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs: number;
}

export class CommandExchange {
  readonly #env: ExchangeEnvironment;
  readonly #options: ExchangeOptions;
  readonly #command: SealedCommand;
  readonly #startedMs: number;
  #isOver = false;
  #isTaken = false;

  constructor(env: ExchangeEnvironment, command: SealedCommand, options: ExchangeOptions) {
    this.#env = env;
    this.#options = options;
    this.#command = command;
    this.#startedMs = env.clock.monotonicMs();
  }

  async run(): Promise<CommandState> {
    const waiting = new AbortController();
    const stop = (): void => waiting.abort();
    this.#options.signal?.addEventListener('abort', stop, { once: true });
    if (this.#options.signal?.aborted) stop();
    const [answered, unsubscribe] = this.#listen();
    try {
      const silence = this.#env.clock.sleep(this.#options.timeoutMs, waiting.signal).then(() => null);
      const refusal = this.#publish(waiting.signal);
      // The answer may overtake the broker's own acknowledgement.
      const answer = await Promise.race([answered, silence, refusal.then((state) => state ?? answered)]);
      return this.#end(answer ?? (this.#isTaken ? { kind: 'no-answer' } : { kind: 'unknown' }));
    } finally {
      unsubscribe();
      stop();
      this.#options.signal?.removeEventListener('abort', stop);
    }
  }

  get #afterMs(): number {
    return Math.round(this.#env.clock.monotonicMs() - this.#startedMs);
  }

  /** A state when that is the end of it: refused by the broker. Throws live.not-connected. */
  async #publish(signal: AbortSignal): Promise<CommandState | null> {
    const { topic, payload } = this.#command;
    const acknowledged = this.#env.live.broker.publish(
      { topic, payload, qos: 1 },
      { signal, timeoutMs: this.#options.timeoutMs },
    );
    this.#tell({ kind: 'sent' });
    try {
      const { reasonCode } = await acknowledged;
      if (!isTakenByBroker(reasonCode)) return this.#refusedByBroker(reasonCode);
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
          if (topic === this.#command.replyTopic)
            void this.#read(payload, atMs).then((state) => state && resolve(state));
        }
      });
    });
    return [answered, unsubscribe];
  }

  /** Null for anything but the genuine reply to this very command. */
  async #read(payload: Uint8Array, atMs: number): Promise<CommandState | null> {
    const reply = await openReply(this.#command.replyTopic, this.#command.key, payload);
    if (reply?.i !== this.#command.commandId) return null;
    if (reply.now !== undefined && reply.now > 0) {
      this.#env.live.noteClock(this.#command.deviceId, reply.now - atMs);
    }
    const afterMs = this.#afterMs;
    if (reply.ok === 1) return { kind: 'done', afterMs, reply };
    const code = reply.e ?? null;
    return { kind: 'refused', afterMs, by: 'device', code, ...deviceRefusal(code) };
  }

  #refusedByBroker(code: number): CommandState {
    return { kind: 'refused', afterMs: this.#afterMs, by: 'broker', code, ...brokerRefusal(code) };
  }

  #end(state: CommandState): CommandState {
    this.#isOver = true;
    this.#options.onState?.(state);
    return state;
  }

  #tell(state: CommandState): void {
    if (!this.#isOver) this.#options.onState?.(state);
  }
}
