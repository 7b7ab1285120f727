/**
 * Hides private keys that a board prints as PEM over several lines, of which each alone looks harmless. Goes before the
 * redaction of single lines, which would take the BEGIN away.
 */
import { redactionMark } from './redaction.ts';

const begins = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/;
const ends = /-----END [A-Z0-9 ]*PRIVATE KEY-----/;
/** Base64, or a header of an encrypted key; indented or quoted, as sketches print it. */
const keyLine = /^[\s"'>]*(?:[A-Za-z0-9+/]+={0,2}|(?:Proc-Type|DEK-Info): .*)(?:\\n)?[\s"',;]*$/;
/** An RSA-4096 key has about fifty lines: where no END came by then, none will. */
const longestBlock = 80;

export class KeyBlocks {
  #linesLeft = 0;

  /** The line as it may be kept. */
  hide(text: string): string {
    const begin = begins.exec(text);
    if (begin && !ends.test(text.slice(begin.index))) {
      this.#linesLeft = longestBlock;
      return text.slice(0, begin.index) + redactionMark;
    }
    if (this.#linesLeft === 0) return text;
    this.#linesLeft -= 1;
    if (ends.test(text)) this.#linesLeft = 0;
    else if (!keyLine.test(text)) return text;
    return redactionMark;
  }
}
