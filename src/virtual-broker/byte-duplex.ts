/**
 * The client's end of a connection to the in-page broker, as plain bytes. The broker answers in a later microtask and in
 * one piece, so that no client is called back while it is still sending.
 */
import { type Bytes, concatBytes } from '../shared/bytes.ts';
import type { Outlet } from './client-connection.ts';

export interface ByteDuplex {
  /** `bytes` are copied before this returns; ignored once the connection is closed. */
  send(bytes: Uint8Array): void;
  /** One listener; what came before it is kept for it. */
  onBytes(listener: (bytes: Bytes) => void): void;
  /** Closes without MQTT's goodbye: the broker sends the last will. */
  close(): void;
  /** Called once, whoever closed. */
  onClose(listener: () => void): void;
}

/** Where a client's bytes go: the broker's end. */
export interface Inlet {
  receive(bytes: Uint8Array): void;
  lost(): void;
}

export class BrokerByteDuplex implements ByteDuplex {
  readonly #inlet: Inlet;
  readonly #closeListeners: (() => void)[] = [];
  #outgoing: Bytes[] = [];
  #listener: ((bytes: Bytes) => void) | null = null;
  #state: 'open' | 'closing' | 'closed' = 'open';
  #isFlushPlanned = false;

  /** `accept` gets the broker's way to the client and returns the client's way to the broker. */
  constructor(accept: (outlet: Outlet) => Inlet) {
    this.#inlet = accept({
      write: (bytes) => {
        this.#outgoing.push(bytes);
        this.#planFlush();
      },
      close: () => this.#beginClose(),
    });
  }

  send(bytes: Uint8Array): void {
    if (this.#state === 'open') this.#inlet.receive(bytes);
  }

  onBytes(listener: (bytes: Bytes) => void): void {
    this.#listener = listener;
    this.#planFlush();
  }

  close(): void {
    if (this.#state !== 'open') return;
    this.#outgoing = [];
    this.#inlet.lost();
    this.#beginClose();
  }

  onClose(listener: () => void): void {
    if (this.#state === 'closed') queueMicrotask(listener);
    else this.#closeListeners.push(listener);
  }

  #beginClose(): void {
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    this.#planFlush();
  }

  #planFlush(): void {
    if (this.#isFlushPlanned) return;
    this.#isFlushPlanned = true;
    queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    this.#isFlushPlanned = false;
    if (this.#listener !== null && this.#outgoing.length > 0) {
      const bytes = concatBytes(this.#outgoing);
      this.#outgoing = [];
      this.#listener(bytes);
    }
    if (this.#state !== 'closing') return;
    this.#state = 'closed';
    for (const listener of this.#closeListeners.splice(0)) listener();
  }
}
