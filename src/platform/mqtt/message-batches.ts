/**
 * Gathers messages for one frame, so that a burst costs its listeners few calls and not thousands; a long burst is handed
 * over in several frames, so that it does not block the page.
 */
import type { MqttMessage } from '../../ports/broker-link.ts';
import type { Clock } from '../../shared/clock.ts';

const maxBatch = 1_000;

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
    if (this.#waiting.length === 1) this.#flushSoon();
  }

  /** Hands over what is there and takes no more listeners' time afterwards. */
  stop(): void {
    this.#stopped.abort();
    while (this.#waiting.length > 0) this.#handOver();
    this.#listeners.clear();
  }

  #flushSoon(): void {
    void this.#clock.sleep(this.#batchMs, this.#stopped.signal).then(() => {
      this.#handOver();
      if (this.#waiting.length > 0) this.#flushSoon();
    });
  }

  #handOver(): void {
    const batch = this.#waiting.splice(0, maxBatch);
    if (batch.length > 0) for (const listener of [...this.#listeners]) listener(batch);
  }
}
