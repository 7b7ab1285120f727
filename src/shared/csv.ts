/** Tables as text, RFC 4180: quoted fields, CRLF or LF, comma or (as spreadsheets in much of Europe write) semicolon. */

export interface CsvRow {
  /** Of the line on which the row begins, from 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

/** Never throws: an open quote ends with the text. Empty lines are left out; a byte order mark is no text. */
export function parseCsv(text: string): CsvRow[] {
  const source = text.replace(/^\uFEFF/, '');
  const reader = new CsvReader(source, separatorOf(source));
  const rows: CsvRow[] = [];
  for (let row = reader.row(); row !== null; row = reader.row()) {
    if (row.fields.length > 1 || row.fields[0] !== '') rows.push(row);
  }
  return rows;
}

/** One line with its end. A spreadsheet takes a leading =, +, - or @ for a formula: such a field begins with '. */
export const csvLine = (fields: readonly string[]): string => `${fields.map(csvField).join(',')}\r\n`;

function csvField(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",;\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

function separatorOf(text: string): string {
  const [head = ''] = text.split(/\r?\n/, 1);
  const count = (of: string): number => head.split(of).length;
  return [',', ';', '\t'].reduce((best, other) => (count(other) > count(best) ? other : best));
}

class CsvReader {
  readonly #text: string;
  readonly #separator: string;
  #at = 0;
  #line = 1;

  constructor(text: string, separator: string) {
    this.#text = text;
    this.#separator = separator;
  }

  row(): CsvRow | null {
    if (this.#at >= this.#text.length) return null;
    const line = this.#line;
    const fields = [this.#field()];
    while (this.#text[this.#at] === this.#separator) {
      this.#at++;
      fields.push(this.#field());
    }
    if (this.#text[this.#at] === '\r') this.#at++;
    if (this.#text[this.#at] === '\n') this.#at++;
    this.#line++;
    return { line, fields };
  }

  #field(): string {
    if (this.#text[this.#at] !== '"') return this.#plain();
    this.#at++;
    let field = '';
    while (this.#at < this.#text.length) {
      const char = this.#text.charAt(this.#at++);
      if (char === '\n') this.#line++;
      if (char !== '"') field += char;
      else if (this.#text[this.#at] === '"') field += this.#text.charAt(this.#at++);
      else return field + this.#plain();
    }
    return field;
  }

  #plain(): string {
    const start = this.#at;
    while (this.#at < this.#text.length && !this.#isEnd(this.#text[this.#at] ?? '')) this.#at++;
    return this.#text.slice(start, this.#at).trim();
  }

  #isEnd(char: string): boolean {
    return char === this.#separator || char === '\n' || char === '\r';
  }
}
