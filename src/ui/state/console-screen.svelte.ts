/** What a console shows of its transcript: lines explained, taken over frame by frame, held back while it is paused. */
import { suggestedBaudRate } from '../../console/console-baud-rates.ts';
import { explainLines, type ExplainedLine } from '../../console/explained-lines.ts';
import { Transcript } from '../../console/transcript.ts';
import { keptLines } from '../../workflows/console-limits.ts';

/** Of the time between two frames, what taking lines over may cost. */
const frameBudgetMs = 6;
const linesAtOnce = 100;
const judgedLines = 24;

export class ConsoleScreen {
  lines = $state.raw<readonly ExplainedLine[]>([]);
  isPaused = $state(false);
  /** Lines that came while it is paused. */
  waitingLines = $state(0);
  /** What arrives is not readable; null when it is, or when nothing better is known. */
  suggestedBaudRate = $state<number | null>(null);
  transcript = new Transcript({ maxLines: keptLines, secrets: [] });
  #shownTo = 0;
  #frame: number | null = null;
  #heardFrom = 0;
  #baudRate = 0;
  #triedBaudRates: readonly number[] = [];

  /** Everything is forgotten, its secrets too: the cable is about another device. */
  begin(): void {
    this.transcript = new Transcript({ maxLines: keptLines, secrets: [] });
    this.#heardFrom = 0;
    this.#triedBaudRates = [];
    this.#showFrom(0);
  }

  /** From now on the line is heard at this rate. */
  hearAt(baudRate: number): void {
    // A rate at which lines could be read is no worse for having been left.
    const wasUnreadable = this.suggestedBaudRate !== null;
    this.#triedBaudRates = wasUnreadable ? [...this.#triedBaudRates, this.#baudRate] : [];
    this.#baudRate = baudRate;
    this.#heardFrom = this.transcript.nextNumber;
    this.suggestedBaudRate = null;
  }

  /** The transcript has a new line. */
  noteLine(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = null;
      this.#takeOver();
    });
  }

  hide(secrets: readonly string[]): void {
    if (this.transcript.hide(secrets)) this.#showFrom(this.lines[0]?.number ?? 0);
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    this.noteLine();
  }

  clear(): void {
    this.transcript.clear();
    this.#showFrom(this.transcript.nextNumber);
  }

  #showFrom(number: number): void {
    this.lines = [];
    this.waitingLines = 0;
    this.suggestedBaudRate = null;
    this.#shownTo = number;
    this.noteLine();
  }

  #takeOver(): void {
    const { transcript } = this;
    if (this.isPaused) {
      this.waitingLines = transcript.nextNumber - this.#shownTo;
      return;
    }
    const untilMs = performance.now() + frameBudgetMs;
    const fresh: ExplainedLine[] = [];
    while (this.#shownTo < transcript.nextNumber && performance.now() < untilMs) {
      const lines = transcript.from(this.#shownTo, linesAtOnce);
      fresh.push(...explainLines(transcript, lines, fresh.at(-1) ?? this.lines.at(-1)));
      this.#shownTo = (lines.at(-1)?.number ?? transcript.nextNumber - 1) + 1;
    }
    if (fresh.length > 0) this.lines = [...this.lines, ...fresh].slice(-keptLines);
    this.waitingLines = 0;
    if (this.#shownTo < transcript.nextNumber) this.noteLine();
    else this.#judge();
  }

  #judge(): void {
    const { transcript } = this;
    const from = Math.max(this.#heardFrom, transcript.nextNumber - judgedLines);
    const texts = transcript.from(from).flatMap(({ direction, text }) => (direction === 'in' ? [text] : []));
    this.suggestedBaudRate = suggestedBaudRate(texts, this.#baudRate, this.#triedBaudRates);
  }
}
