/** What the console keeps of a serial line: redacted, with times, bounded. The oldest lines go first, and it says so. */
import { KeyBlocks } from './key-blocks.ts';
import { redactorFor, type Redactor } from './redaction.ts';

export interface TranscriptLine {
  /** Counts from 0 over the transcript's life; never used twice. */
  readonly number: number;
  /** Unix time in ms at arrival. */
  readonly atMs: number;
  readonly direction: 'in' | 'out';
  readonly text: string;
}

export interface TranscriptOptions {
  readonly maxLines: number;
  /** Texts that must never be kept, for example Wi-Fi passwords. */
  readonly secrets: readonly string[];
}

export class Transcript {
  readonly #maxLines: number;
  readonly #redactor: Redactor;
  readonly #keyBlocks = { in: new KeyBlocks(), out: new KeyBlocks() };
  #lines: TranscriptLine[] = [];
  #first = 0;
  #count = 0;
  #continues = false;

  constructor(options: TranscriptOptions) {
    this.#maxLines = options.maxLines;
    this.#redactor = redactorFor(options.secrets);
  }

  /** How many of the oldest lines are no longer here. */
  get dropped(): number {
    return this.#count - this.size;
  }

  get size(): number {
    return this.#lines.length - this.#first;
  }

  add(line: { atMs: number; text: string; direction?: 'in' | 'out'; isCut?: boolean }): TranscriptLine {
    const direction = line.direction ?? 'in';
    const kept: TranscriptLine = {
      number: this.#count,
      atMs: line.atMs,
      direction,
      text: this.#redactor.redact(this.#keyBlocks[direction].hide(line.text), {
        start: this.#continues,
        end: line.isCut,
      }),
    };
    this.#continues = line.isCut ?? false;
    this.#count += 1;
    this.#lines.push(kept);
    if (this.size > this.#maxLines) this.#first += 1;
    // Cut off in one go now and then: shifting at every line would cost the whole length each time.
    if (this.#first > this.#maxLines) {
      this.#lines = this.#lines.slice(this.#first);
      this.#first = 0;
    }
    return kept;
  }

  /** Oldest first; a copy. */
  lines(): TranscriptLine[] {
    return this.#lines.slice(this.#first);
  }

  clear(): void {
    this.#lines = [];
    this.#first = 0;
    this.#count = 0;
  }

  /** For saving: UTC times, what was sent marked with ">", the number of missing lines on top. */
  toText(): string {
    const head = this.dropped > 0 ? [`(${this.dropped} earlier lines are no longer kept)`] : [];
    const body = this.lines().map(
      (line) => `${new Date(line.atMs).toISOString()} ${line.direction === 'out' ? '> ' : ''}${line.text}`,
    );
    return [...head, ...body, ''].join('\n');
  }
}
