/**
 * One tab's end of a shared connection. It waits for the lease from the start; until it has it, everything comes from
 * and goes through the tab that does. What that tab took with it when it ended is told as unknown and never sent again.
 */
import type {
  BrokerSession,
  LinkState,
  MqttMessage,
  OutgoingMessage,
  RefreshableSession,
} from '../../ports/broker-link.ts';
import type { Clock } from '../../shared/clock.ts';
import { AppError, asAppError } from '../../shared/errors.ts';
import type { RunOptions } from '../../shared/outcome.ts';
import type { TabChannel, TabMessage } from './tab-channel.ts';

export interface SharedSessionOptions {
  readonly connect: (closing: AbortSignal) => RefreshableSession;
  /** Runs `use` once this tab's turn has come, and gives the turn away when it is over. */
  readonly hold: (use: () => Promise<void>) => Promise<void>;
  readonly channel: TabChannel;
  readonly clock: Clock;
  readonly selfId: string;
}

type Published = Extract<TabMessage, { kind: 'published' }>;

/** So long the broker's kept messages may come in after a tab has asked for them. */
const refreshMs = 4_000;

export class SharedBrokerSession implements BrokerSession {
  readonly #options: SharedSessionOptions;
  readonly #closing = new AbortController();
  readonly #stateListeners = new Set<(state: LinkState) => void>();
  readonly #messageListeners = new Set<(batch: readonly MqttMessage[]) => void>();
  readonly #followers = new Set<string>();
  /** Tabs that wait for what the broker keeps; their number of asking decides when it is over. */
  readonly #newcomers = new Set<string>();
  readonly #answers = new Map<number, (answer: Published) => void>();
  #own: RefreshableSession | null = null;
  #state: LinkState = { kind: 'connecting' };
  #lastNumber = 0;
  readonly #finished: Promise<void>;

  constructor(options: SharedSessionOptions, signal: AbortSignal) {
    this.#options = options;
    options.channel.listen((message) => this.#hear(message));
    this.#say({ kind: 'hello', from: options.selfId });
    signal.addEventListener('abort', () => void this.close(), { once: true });
    if (signal.aborted) void this.close();
    this.#finished = new Promise((resolve) => {
      this.#closing.signal.addEventListener('abort', () => resolve(), { once: true });
      if (this.#closing.signal.aborted) resolve();
    });
    void options.hold(() => this.#lead());
  }

  onState(listener: (state: LinkState) => void): () => void {
    this.#stateListeners.add(listener);
    listener(this.#state);
    return () => this.#stateListeners.delete(listener);
  }

  onMessages(listener: (batch: readonly MqttMessage[]) => void): () => void {
    this.#messageListeners.add(listener);
    return () => this.#messageListeners.delete(listener);
  }

  async publish(message: OutgoingMessage, options: RunOptions): Promise<{ reasonCode: number }> {
    if (this.#own) return this.#own.publish(message, options);
    if (this.#state.kind !== 'connected') throw new AppError('live.not-connected');
    const answer = await this.#askLeader(message, options);
    if (answer?.isSent === false) throw new AppError('live.not-connected');
    if (!answer || answer.reasonCode === null) throw new AppError('live.no-acknowledgement');
    return { reasonCode: answer.reasonCode };
  }

  async close(): Promise<void> {
    if (!this.#closing.signal.aborted) {
      this.#say({ kind: 'bye', from: this.#options.selfId });
      this.#closing.abort();
      await this.#own?.close();
      this.#setState({ kind: 'closed' });
      this.#stateListeners.clear();
      this.#messageListeners.clear();
      this.#options.channel.close();
    }
    await this.#finished;
  }

  /** Until this tab closes the session: then the browser lets the next one lead. */
  async #lead(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    const own = this.#options.connect(this.#closing.signal);
    this.#own = own;
    this.#say({ kind: 'leading' });
    own.onMessages((batch) => this.#passOn(batch));
    own.onState((state) => {
      // What a fresh connection brings is for everybody.
      this.#newcomers.clear();
      if (!this.#closing.signal.aborted || state.kind !== 'closed') this.#setState(state);
      if (state.kind !== 'closed') this.#say({ kind: 'state', state });
    });
    await this.#finished;
    await own.close();
  }

  #passOn(batch: readonly MqttMessage[]): void {
    if (this.#newcomers.size === 0) {
      this.#emit(batch);
      if (this.#followers.size > 0) this.#say({ kind: 'messages', to: null, batch });
      return;
    }
    const kept = batch.filter(({ retained }) => retained);
    const fresh = batch.filter(({ retained }) => !retained);
    if (kept.length > 0) this.#say({ kind: 'messages', to: [...this.#newcomers], batch: kept });
    if (fresh.length === 0) return;
    this.#emit(fresh);
    this.#say({ kind: 'messages', to: null, batch: fresh });
  }

  #hear(message: TabMessage): void {
    if (this.#closing.signal.aborted) return;
    if (this.#own) this.#hearAsLeader(message, this.#own);
    else this.#hearAsFollower(message);
  }

  #hearAsLeader(message: TabMessage, own: RefreshableSession): void {
    if (message.kind === 'hello') void this.#welcome(message.from, own);
    else if (message.kind === 'bye') this.#followers.delete(message.from);
    else if (message.kind === 'publish') void this.#publishFor(message, own);
  }

  #hearAsFollower(message: TabMessage): void {
    const { selfId } = this.#options;
    if (message.kind === 'leading') this.#say({ kind: 'hello', from: selfId });
    else if (message.kind === 'state') {
      const { state } = message;
      this.#setState(state.kind === 'connected' ? { kind: 'connected', through: 'another-tab' } : state);
    } else if (message.kind === 'messages') {
      if (message.to === null || message.to.includes(selfId)) this.#emit(message.batch);
    } else if (message.kind === 'published' && message.to === selfId)
      this.#answers.get(message.number)?.(message);
  }

  async #welcome(from: string, own: RefreshableSession): Promise<void> {
    this.#followers.add(from);
    this.#say({ kind: 'state', state: this.#state });
    if (this.#state.kind !== 'connected') return;
    this.#newcomers.add(from);
    own.refresh();
    await this.#options.clock.sleep(refreshMs, this.#closing.signal);
    this.#newcomers.delete(from);
  }

  async #publishFor(asked: Extract<TabMessage, { kind: 'publish' }>, own: RefreshableSession): Promise<void> {
    const { from: to, number, message, timeoutMs } = asked;
    const answer = (reasonCode: number | null, isSent = true): void =>
      this.#say({ kind: 'published', to, number, reasonCode, isSent });
    try {
      answer((await own.publish(message, { signal: this.#closing.signal, timeoutMs })).reasonCode);
    } catch (thrown) {
      answer(null, asAppError(thrown).code !== 'live.not-connected');
    }
  }

  async #askLeader(message: OutgoingMessage, options: RunOptions): Promise<Published | null> {
    const number = ++this.#lastNumber;
    const waiting = new AbortController();
    const stop = (): void => waiting.abort();
    options.signal.addEventListener('abort', stop, { once: true });
    if (options.signal.aborted) stop();
    const answered = new Promise<Published>((resolve) => this.#answers.set(number, resolve));
    this.#say({ kind: 'publish', from: this.#options.selfId, number, message, timeoutMs: options.timeoutMs });
    const late = this.#options.clock.sleep(options.timeoutMs, waiting.signal).then(() => null);
    const answer = await Promise.race([answered, late]);
    this.#answers.delete(number);
    options.signal.removeEventListener('abort', stop);
    stop();
    return answer;
  }

  #setState(state: LinkState): void {
    this.#state = state;
    for (const listener of [...this.#stateListeners]) listener(state);
  }

  #emit(batch: readonly MqttMessage[]): void {
    for (const listener of [...this.#messageListeners]) listener(batch);
  }

  #say(message: TabMessage): void {
    if (!this.#closing.signal.aborted) this.#options.channel.post(message);
  }
}
