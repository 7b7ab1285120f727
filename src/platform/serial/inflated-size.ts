/** How many bytes on the flash the deflated bytes sent so far stand for. */
import { Unzlib } from 'fflate';

export class InflatedSize {
  #total = 0;
  readonly #unzlib = new Unzlib((chunk) => {
    this.#total += chunk.length;
  });

  /** Bytes that this further piece of the zlib stream adds. */
  push(deflated: Uint8Array, isLast: boolean): number {
    const before = this.#total;
    this.#unzlib.push(deflated, isLast);
    return this.#total - before;
  }
}
