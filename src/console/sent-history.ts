/** The lines that a person sent, for sending them again: as the arrow keys of a terminal walk through them. Pure. */
const mostLines = 100;

export class SentHistory {
  #lines: string[] = [];
  /** Which of them stands in the input; as many as there are: none. */
  #at = 0;

  /** The newest goes to the end; the same line twice in a row counts once. */
  add(text: string): void {
    if (text !== this.#lines.at(-1)) this.#lines.push(text);
    this.#lines = this.#lines.slice(-mostLines);
    this.#at = this.#lines.length;
  }

  /** The one before; null at the oldest. */
  back(): string | null {
    if (this.#at === 0) return null;
    this.#at -= 1;
    return this.#lines[this.#at] ?? null;
  }

  /** The one after; empty beyond the newest, null when nothing was walked back. */
  forward(): string | null {
    if (this.#at >= this.#lines.length) return null;
    this.#at += 1;
    return this.#lines[this.#at] ?? '';
  }
}
