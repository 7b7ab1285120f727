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
  /** Texts that must never be kept, for example Wi-Fi passwords. More may become known, see `hide`. */
  readonly secrets: readonly string[];
}

export class Transcript {
  readonly #maxLines: number;
  readonly #secrets = new Set<string>();
  #redactor: Redactor;
  readonly #keyBlocks = { in: new KeyBlocks(), out: new KeyBlocks() };
  #lines: TranscriptLine[] = [];
  #first = 0;
  #count = 0;
  /** Lines taken away by `clear`: nobody misses them. */
  #cleared = 0;
  #continues = false;

  constructor(options: TranscriptOptions) {
    this.#maxLines = options.maxLines;
    for (const secret of options.secrets) this.#secrets.add(secret);
    this.#redactor = redactorFor(options.secrets);
  }

  /** How many of the oldest lines since the last `clear` are no longer here. */
  get dropped(): number {
    return this.#count - this.#cleared - this.size;
  }

  /** The number that the next line gets. */
  get nextNumber(): number {
    return this.#count;
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

  /** Those from `number` on that are still here, at most `most` of them; oldest first. */
  from(number: number, most = Number.POSITIVE_INFINITY): TranscriptLine[] {
    const oldest = this.#count - this.size;
    const start = this.#first + Math.max(0, number - oldest);
    return this.#lines.slice(start, start + most);
  }

  /**
   * Takes these out of what comes and of what is kept. True when kept lines changed: whoever shows them reads them anew.
   */
  hide(secrets: readonly string[]): boolean {
    const fresh = secrets.filter((secret) => !this.#secrets.has(secret));
    if (fresh.length === 0) return false;
    for (const secret of fresh) this.#secrets.add(secret);
    this.#redactor = redactorFor([...this.#secrets]);
    let isChanged = false;
    this.#lines = this.#lines.map((line) => {
      const text = this.#redactor.redact(line.text);
      if (text === line.text) return line;
      isChanged = true;
      return { ...line, text };
    });
    return isChanged;
  }

  /** A text beside the lines, without what must not be kept. */
  redact(text: string): string {
    return this.#redactor.redact(text);
  }

  /** Forgets every line; numbers go on. */
  clear(): void {
    this.#lines = [];
    this.#first = 0;
    this.#cleared = this.#count;
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
