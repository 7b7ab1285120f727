/** READ_FLASH of the stub: packets out, four-byte acknowledgements in, one packet in flight, an MD5 at the end. */
import { md5 } from '@noble/hashes/legacy.js';
import type { NorFlash } from './nor-flash.ts';
import { word } from './protocol.ts';

const MAX_PACKET_BYTES = 4096;

export class StubReader {
  readonly #flash: NorFlash;
  readonly #send: (frame: Uint8Array) => void;
  readonly #digest = md5.create();
  readonly #end: number;
  readonly #packetBytes: number;
  readonly #sizeBytes: number;
  #at: number;

  /** `data` is the command's: offset, size, packet size, packets in flight (ignored, as by the stub). */
  constructor(flash: NorFlash, data: Uint8Array, send: (frame: Uint8Array) => void) {
    this.#flash = flash;
    this.#send = send;
    this.#at = word(data, 0);
    this.#sizeBytes = word(data, 1);
    this.#end = this.#at + this.#sizeBytes;
    this.#packetBytes = word(data, 2);
  }

  static accepts(flash: NorFlash, data: Uint8Array): boolean {
    return word(data, 2) <= MAX_PACKET_BYTES && flash.holds(word(data, 0), word(data, 1));
  }

  /** Sends the first packet. True when there is nothing to read. */
  start(): boolean {
    return this.#sizeBytes === 0 ? this.#finish() : this.#sendNext();
  }

  /** Takes a frame from the host; true when the reading is over. */
  acknowledge(frame: Uint8Array): boolean {
    if (frame.length !== 4 || word(frame, 0) >= this.#sizeBytes) return this.#finish();
    return this.#at < this.#end ? this.#sendNext() : false;
  }

  #sendNext(): false {
    const packet = this.#flash.read(this.#at, Math.min(this.#packetBytes, this.#end - this.#at));
    this.#at += packet.length;
    this.#digest.update(packet);
    this.#send(packet);
    return false;
  }

  #finish(): true {
    this.#send(this.#digest.digest());
    return true;
  }
}
