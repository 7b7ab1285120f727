/** RAM as the MEM_* commands fill it: only what is needed to know whether an entry point holds a downloaded program. */
export class LoaderMemory {
  #start = 0;
  #sizeBytes = 0;
  #writtenBytes = 0;
  #ranges: { start: number; end: number }[] = [];

  begin(address: number, sizeBytes: number): void {
    this.#start = address;
    this.#sizeBytes = sizeBytes;
    this.#writtenBytes = 0;
  }

  get remainingBytes(): number {
    return this.#sizeBytes - this.#writtenBytes;
  }

  /** False when it would run past what was announced. */
  write(sizeBytes: number): boolean {
    if (sizeBytes > this.remainingBytes) return false;
    this.#writtenBytes += sizeBytes;
    if (this.remainingBytes === 0)
      this.#ranges.push({ start: this.#start, end: this.#start + this.#sizeBytes });
    return true;
  }

  holdsProgramAt(address: number): boolean {
    return this.#ranges.some(({ start, end }) => address >= start && address < end);
  }
}
