/** Messages on their way to one client: packet identifiers, and no more unacknowledged ones than the client takes. */
import type { Bytes } from '../shared/bytes.ts';
import type { ConnectPacket } from './client-packets.ts';
import { type Delivery, publish } from './server-packets.ts';

type FlowLimits = Pick<ConnectPacket, 'version' | 'receiveMaximum' | 'maximumPacketSizeBytes'>;

export class OutgoingFlow {
  readonly #limits: FlowLimits;
  readonly #write: (bytes: Bytes) => void;
  readonly #unacknowledged = new Set<number>();
  #waiting: Delivery[] = [];
  #lastPacketId = 0;

  constructor(limits: FlowLimits, write: (bytes: Bytes) => void) {
    this.#limits = limits;
    this.#write = write;
  }

  send(delivery: Delivery): void {
    const isFull = this.#unacknowledged.size >= this.#limits.receiveMaximum;
    if (delivery.qos === 1 && isFull) this.#waiting.push(delivery);
    else this.#transmit(delivery);
  }

  /** An identifier that is not on its way is ignored. */
  acknowledge(packetId: number): void {
    if (!this.#unacknowledged.delete(packetId)) return;
    const next = this.#waiting.shift();
    if (next !== undefined) this.#transmit(next);
  }

  #transmit(delivery: Delivery): void {
    const packetId = delivery.qos === 1 ? this.#freePacketId() : 0;
    const bytes = publish(this.#limits.version, delivery, packetId);
    // MQTT 5, 3.1.2.11.4: what is too large for the client is left out as if it had been delivered.
    if (bytes.length > this.#limits.maximumPacketSizeBytes) return;
    if (packetId !== 0) this.#unacknowledged.add(packetId);
    this.#write(bytes);
  }

  #freePacketId(): number {
    do this.#lastPacketId = (this.#lastPacketId % 65_535) + 1;
    while (this.#unacknowledged.has(this.#lastPacketId));
    return this.#lastPacketId;
  }
}
