/** A ByteDuplex in the shape of the browser's WebSocket, as far as mqtt.js looks at one (its createWebsocket option). */
import type { Bytes } from '../shared/bytes.ts';
import type { ByteDuplex } from './byte-duplex.ts';

export type SocketEvent =
  | { readonly type: 'open' | 'error' }
  | { readonly type: 'message'; readonly data: ArrayBuffer }
  | { readonly type: 'close'; readonly code: number; readonly reason: string; readonly wasClean: boolean };

export type SocketListener = (event: SocketEvent) => void;

export interface WebSocketLike {
  binaryType: string;
  readonly readyState: number;
  readonly bufferedAmount: number;
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSING: 2;
  readonly CLOSED: 3;
  onopen: SocketListener | null;
  onmessage: SocketListener | null;
  onerror: SocketListener | null;
  onclose: SocketListener | null;
  send(bytes: ArrayBuffer | Uint8Array): void;
  close(): void;
  addEventListener(type: SocketEvent['type'], listener: SocketListener): void;
  removeEventListener(type: SocketEvent['type'], listener: SocketListener): void;
}

const goingAway = 1001;

export class VirtualWebSocket implements WebSocketLike {
  readonly CONNECTING = 0;
  readonly OPEN = 1;
  readonly CLOSING = 2;
  readonly CLOSED = 3;
  /** Messages are ArrayBuffers, whatever is asked for. */
  binaryType = 'arraybuffer';
  readonly bufferedAmount = 0;
  onopen: SocketListener | null = null;
  onmessage: SocketListener | null = null;
  onerror: SocketListener | null = null;
  onclose: SocketListener | null = null;
  readonly #duplex: ByteDuplex;
  readonly #listeners = new Map<SocketEvent['type'], Set<SocketListener>>();
  #readyState: 0 | 1 | 2 | 3 = 0;

  constructor(duplex: ByteDuplex) {
    this.#duplex = duplex;
    duplex.onBytes((bytes) => this.#receive(bytes));
    duplex.onClose(() => this.#closed());
    queueMicrotask(() => this.#opened());
  }

  get readyState(): number {
    return this.#readyState;
  }

  /** Throws InvalidStateError before the socket is open; ignored after its end. */
  send(bytes: ArrayBuffer | Uint8Array): void {
    if (this.#readyState === this.CONNECTING) throw new DOMException('still connecting', 'InvalidStateError');
    if (this.#readyState === this.OPEN)
      this.#duplex.send(bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes));
  }

  close(): void {
    if (this.#readyState >= this.CLOSING) return;
    this.#readyState = this.CLOSING;
    this.#duplex.close();
  }

  addEventListener(type: SocketEvent['type'], listener: SocketListener): void {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners.add(listener));
  }

  removeEventListener(type: SocketEvent['type'], listener: SocketListener): void {
    this.#listeners.get(type)?.delete(listener);
  }

  #opened(): void {
    if (this.#readyState !== this.CONNECTING) return;
    this.#readyState = this.OPEN;
    this.#emit({ type: 'open' });
  }

  #receive(bytes: Bytes): void {
    if (this.#readyState === this.OPEN) this.#emit({ type: 'message', data: bytes.buffer });
  }

  #closed(): void {
    this.#readyState = this.CLOSED;
    this.#emit({ type: 'close', code: goingAway, reason: '', wasClean: true });
  }

  #emit(event: SocketEvent): void {
    this[`on${event.type}`]?.(event);
    for (const listener of [...(this.#listeners.get(event.type) ?? [])]) listener(event);
  }
}
