/** How many bytes on the flash the blocks sent so far stand for. */
import { Unzlib } from 'fflate';
import type { WireRegion } from '../../ports/bootloader.ts';

export class SizeOnFlash {
  #inflated = 0;
  readonly #unzlib: Unzlib | null;

  constructor(encoding: WireRegion['encoding']) {
    const count = (chunk: Uint8Array): void => {
      this.#inflated += chunk.length;
    };
    this.#unzlib = encoding === 'deflated' ? new Unzlib(count) : null;
  }

  /** Bytes that this further block adds. */
  push(bytes: Uint8Array, isLast: boolean): number {
    if (!this.#unzlib) return bytes.length;
    const before = this.#inflated;
    this.#unzlib.push(bytes, isLast);
    return this.#inflated - before;
  }
}
