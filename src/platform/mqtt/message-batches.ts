/** Gathers messages for one frame, so that a burst costs its listeners one call and not thousands. */
import type { MqttMessage } from '../../ports/broker-link.ts';
import type { Clock } from '../../shared/clock.ts';

export class MessageBatches {
  readonly #clock: Clock;
  readonly #batchMs: number;
  readonly #listeners = new Set<(batch: readonly MqttMessage[]) => void>();
  readonly #stopped = new AbortController();
  #waiting: MqttMessage[] = [];

  constructor(clock: Clock, batchMs: number) {
    this.#clock = clock;
    this.#batchMs = batchMs;
  }

  listen(listener: (batch: readonly MqttMessage[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  add(message: MqttMessage): void {
    this.#waiting.push(message);
    if (this.#waiting.length > 1) return;
    void this.#clock.sleep(this.#batchMs, this.#stopped.signal).then(() => this.#flush());
  }

  /** Hands over what is there and takes no more listeners' time afterwards. */
  stop(): void {
    this.#flush();
    this.#stopped.abort();
    this.#listeners.clear();
  }

  #flush(): void {
    const batch = this.#waiting;
    this.#waiting = [];
    if (batch.length > 0) for (const listener of [...this.#listeners]) listener(batch);
  }
}
