/** A session that outlives its connections: connects, waits, connects again, until it is closed or refused for good. */
import type { Backoff } from './backoff.ts';
import { startConnection, type Connection, type ConnectionOptions } from './connection.ts';
import { judgeEnd, type ConnectionEnd, type MqttVersion } from './connection-end.ts';
import { MessageBatches } from './message-batches.ts';
import type { LinkState, MqttMessage, OutgoingMessage, RefreshableSession } from '../../ports/broker-link.ts';
import { AppError } from '../../shared/errors.ts';
import type { RunOptions } from '../../shared/outcome.ts';

export interface SessionOptions extends Omit<ConnectionOptions, 'version'> {
  readonly backoff: Backoff;
  readonly batchMs: number;
  readonly onNetworkReturn: (listener: () => void) => () => void;
}

/** A connection that held this long was a good one: the next wait is short again. */
const goodConnectionMs = 10_000;

/** How long the broker may take to hear the goodbye. */
const goodbyeMs = 1_000;

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

export class MqttBrokerSession implements RefreshableSession {
  readonly #options: SessionOptions;
  readonly #listeners = new Set<(state: LinkState) => void>();
  readonly #closing = new AbortController();
  readonly #messages: MessageBatches;
  readonly #finished: Promise<void>;
  #state: LinkState = { kind: 'connecting' };
  #connection: Connection | null = null;
  #version: MqttVersion = 5;

  constructor(options: SessionOptions, signal: AbortSignal) {
    this.#options = options;
    this.#messages = new MessageBatches(options.clock, options.batchMs);
    const stop = (): void => this.#closing.abort();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    this.#finished = this.#run().finally(() => signal.removeEventListener('abort', stop));
  }

  onState(listener: (state: LinkState) => void): () => void {
    this.#listeners.add(listener);
    listener(this.#state);
    return () => this.#listeners.delete(listener);
  }

  onMessages(listener: (batch: readonly MqttMessage[]) => void): () => void {
    return this.#messages.listen(listener);
  }

  async publish(message: OutgoingMessage, options: RunOptions): Promise<{ reasonCode: number }> {
    if (!this.#connection || this.#state.kind !== 'connected') throw new AppError('live.not-connected');
    const waiting = new AbortController();
    const stop = (): void => waiting.abort();
    options.signal.addEventListener('abort', stop, { once: true });
    if (options.signal.aborted) stop();
    try {
      const reasonCode = await Promise.race([
        this.#connection.publish(message),
        this.#options.clock.sleep(options.timeoutMs, waiting.signal).then(() => null),
      ]);
      if (reasonCode === null) throw new AppError('live.no-acknowledgement');
      return { reasonCode };
    } finally {
      options.signal.removeEventListener('abort', stop);
      stop();
    }
  }

  refresh(): void {
    if (this.#state.kind === 'connected') this.#connection?.resubscribe();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#finished;
  }

  async #run(): Promise<void> {
    while (!this.#isOver()) {
      this.#setState({ kind: 'connecting' });
      const startedMs = this.#options.clock.monotonicMs();
      const end = await this.#connectOnce();
      const heldMs = this.#options.clock.monotonicMs() - startedMs;
      if (end.wasReady && heldMs >= goodConnectionMs) this.#options.backoff.reset();
      if (!this.#closing.signal.aborted) await this.#afterEnd(end);
    }
    // Refused for good: stays so, visibly, until it is closed.
    await aborted(this.#closing.signal);
    this.#messages.stop();
    this.#setState({ kind: 'closed' });
    this.#listeners.clear();
  }

  #isOver(): boolean {
    return this.#closing.signal.aborted || this.#state.kind === 'refused';
  }

  #connectOnce(): Promise<ConnectionEnd> {
    const over = new AbortController();
    return new Promise((resolve) => {
      const connection = startConnection(
        { ...this.#options, version: this.#version },
        {
          onReady: () => this.#setState({ kind: 'connected' }),
          onMessage: (message) => this.#messages.add({ ...message, atMs: this.#options.clock.nowMs() }),
          onEnd: (end) => {
            over.abort();
            this.#connection = null;
            resolve(end);
          },
        },
      );
      this.#connection = connection;
      this.#closing.signal.addEventListener('abort', () => void this.#sayGoodbye(connection, over.signal), {
        signal: over.signal,
      });
    });
  }

  /** Goodbye, so that the broker does not send a last will; without it when the broker does not listen. */
  async #sayGoodbye(connection: Connection, over: AbortSignal): Promise<void> {
    connection.end(false);
    await this.#options.clock.sleep(goodbyeMs, over);
    connection.end(true);
  }

  async #afterEnd(end: ConnectionEnd): Promise<void> {
    const verdict = judgeEnd(end, this.#version, this.#options.login.password !== '');
    if (verdict.isFinal) {
      this.#setState({ kind: 'refused', reason: verdict.reason });
      return;
    }
    if (verdict.otherVersion) {
      this.#version = 4;
      return;
    }
    if (!end.wasReady) this.#version = 5;
    const retryInMs = this.#options.backoff.next();
    this.#setState({ kind: 'waiting', retryInMs, reason: verdict.reason });
    await this.#wait(retryInMs);
  }

  /** Until the time is over, the network returns or the session is closed. */
  async #wait(ms: number): Promise<void> {
    const waiting = new AbortController();
    const wake = (): void => waiting.abort();
    const stopListening = this.#options.onNetworkReturn(wake);
    this.#closing.signal.addEventListener('abort', wake, { once: true });
    await this.#options.clock.sleep(ms, waiting.signal);
    this.#closing.signal.removeEventListener('abort', wake);
    stopListening();
  }

  #setState(state: LinkState): void {
    if (state.kind === this.#state.kind && state.kind !== 'waiting') return;
    this.#state = state;
    for (const listener of [...this.#listeners]) listener(state);
  }
}
