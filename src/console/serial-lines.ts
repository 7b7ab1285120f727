/**
 * Bytes of a serial port as lines of text, whatever arrives: boot ROM chatter at another baud rate, half a line, no
 * line end for a megabyte. Knows nothing of what the lines mean.
 */

/** A line is cut here; what follows comes as a line of its own. */
export const maxLineLength = 512;

export interface SerialLine {
  /** Without its end; bytes that are no UTF-8 and control characters stand as U+FFFD. */
  readonly text: string;
  /** Cut at maxLineLength: the next line goes on where this one stops. */
  readonly isCut: boolean;
}

const replacement = '\ufffd';

// Tab stays; escape sequences are left out whole, so that coloured logs are readable.

const escapeSequence = /\u001b\[[0-9;?]*[A-Za-z]/g;

const controlCharacter = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

export class SerialLines {
  #decoder = new TextDecoder('utf-8');
  #pending = '';
  #afterCarriageReturn = false;

  /** The lines that these bytes complete, in order. */
  push(bytes: Uint8Array): SerialLine[] {
    return this.#take(this.#decoder.decode(bytes, { stream: true }));
  }

  /** What stands there without a line end, when no more bytes will come. */
  end(): SerialLine[] {
    const lines = this.#take(this.#decoder.decode());
    if (this.#pending !== '') lines.push(finished(this.#pending, false));
    this.#pending = '';
    this.#afterCarriageReturn = false;
    this.#decoder = new TextDecoder('utf-8');
    return lines;
  }

  #take(text: string): SerialLine[] {
    const lines: SerialLine[] = [];
    // "\r" ends a line, "\r\n" is one end: a "\n" that follows, even in the next chunk, ends nothing.
    const fresh = this.#afterCarriageReturn && text.startsWith('\n') ? text.slice(1) : text;
    if (text !== '') this.#afterCarriageReturn = text.endsWith('\r');
    const parts = fresh.split(/\r\n|\r|\n/);
    parts.forEach((part, i) => {
      this.#pending += part;
      while (this.#pending.length > maxLineLength) {
        lines.push(finished(this.#pending.slice(0, maxLineLength), true));
        this.#pending = this.#pending.slice(maxLineLength);
      }
      if (i === parts.length - 1) return;
      lines.push(finished(this.#pending, false));
      this.#pending = '';
    });
    return lines;
  }
}

const finished = (text: string, isCut: boolean): SerialLine => ({
  text: text.replace(escapeSequence, '').replace(controlCharacter, replacement),
  isCut,
});

/** Whether a line looks like text read at the wrong baud rate. */
export function isGarbled(text: string): boolean {
  if (text.length < 8) return false;
  const strange = text.split(replacement).length - 1;
  return strange > text.length * 0.25;
}
