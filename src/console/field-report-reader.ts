/** Reads a field report that somebody sent: every key, type and limit is checked, nothing unknown is let through. */
import { AppError } from '../shared/errors.ts';
import {
  fieldReportFormat,
  fieldReportVersion,
  type FieldReport,
  type ReportedChip,
  type ReportedLine,
  type ReportedStep,
} from './field-report.ts';

const mostTextBytes = 8 * 1024 * 1024;
const mostLines = 20_000;
const mostSteps = 2_000;
const longestLine = 2_048;
const longestWord = 300;
/** A year: a console that was left open. */
const longestMs = 366 * 24 * 3600 * 1000;

/**
 * @throws AppError report.not-readable (with where and why), report.version
 */
export function parseFieldReport(text: string): FieldReport {
  if (text.length > mostTextBytes) throw notReadable('it', 'is larger than 8 MB');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw notReadable('it', 'is no JSON');
  }
  const top = new Fields(json, 'the document');
  if (top.value('format') !== fieldReportFormat) throw notReadable('format', `is not ${fieldReportFormat}`);
  const version = top.integer('v', { max: 1_000_000 });
  if (version !== fieldReportVersion) {
    throw new AppError('report.version', { details: { found: version, known: fieldReportVersion } });
  }
  const report: FieldReport = {
    format: fieldReportFormat,
    v: fieldReportVersion,
    madeAtMs: top.integer('madeAtMs', { max: 8.64e15 }),
    page: top.object('page', (page) => ({ version: page.text('version') })),
    firmware: top.object('firmware', (firmware) => ({
      version: firmware.nullable('version', (key) => firmware.text(key)),
      layout: firmware.nullable('layout', (key) => firmware.text(key)),
    })),
    browser: top.object('browser', (browser) => ({
      family: browser.text('family'),
      majorVersion: browser.nullable('majorVersion', (key) => browser.integer(key, { max: 100_000 })),
      system: browser.text('system'),
    })),
    bridge: top.nullable('bridge', (key) => top.object(key, readBridge)),
    isVirtual: top.boolean('isVirtual'),
    chip: top.nullable('chip', (key) => top.object(key, readChip)),
    flash: top.nullable('flash', (key) =>
      top.object(key, (flash) => ({ steps: inOrder(flash.list('steps', mostSteps, readStep), 'steps') })),
    ),
    serial: top.object('serial', (serial) => ({
      baudRate: serial.integer('baudRate', { min: 1, max: 10_000_000 }),
      droppedLines: serial.integer('droppedLines', { max: Number.MAX_SAFE_INTEGER }),
      lines: inOrder(serial.list('lines', mostLines, readLine), 'lines'),
    })),
  };
  top.end();
  return report;
}

const readBridge = (bridge: Fields): NonNullable<FieldReport['bridge']> => ({
  vendorId: bridge.integer('vendorId', { max: 0xffff }),
  productId: bridge.integer('productId', { max: 0xffff }),
});

const readChip = (chip: Fields): ReportedChip => ({
  name: chip.text('name'),
  macPrefix: chip.text('macPrefix'),
  flashSizeBytes: chip.nullable('flashSizeBytes', (key) => chip.integer(key, { max: 2 ** 31 })),
  flashId: chip.integer('flashId', { max: 2 ** 32 - 1 }),
  crystalMhz: chip.integer('crystalMhz', { max: 1_000 }),
  features: chip.list('features', 50, (feature) => feature.text('0'), 'texts'),
});

const readStep = (step: Fields): ReportedStep => ({
  tMs: step.integer('tMs', { max: longestMs }),
  state: step.text('state'),
  note: step.text('note'),
});

function readLine(line: Fields): ReportedLine {
  const tMs = line.integer('tMs', { max: longestMs });
  const direction = line.text('direction');
  if (direction !== 'in' && direction !== 'out') throw notReadable('direction', 'is neither "in" nor "out"');
  return { tMs, direction, text: line.text('text', longestLine) };
}

function inOrder<T extends { readonly tMs: number }>(parts: readonly T[], what: string): readonly T[] {
  const goesBack = parts.some((part, i) => part.tMs < (parts[i - 1]?.tMs ?? 0));
  if (goesBack) throw notReadable(what, 'go back in time');
  return parts;
}

/** An object's keys, each taken once; what is left at the end is unknown. */
class Fields {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #where: string;
  readonly #left: Set<string>;

  constructor(value: unknown, where: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw notReadable(where, 'is no object');
    this.#fields = value as Record<string, unknown>;
    this.#where = where;
    this.#left = new Set(Object.keys(value));
  }

  value(key: string): unknown {
    if (!Object.hasOwn(this.#fields, key)) throw notReadable(this.#at(key), 'is missing');
    this.#left.delete(key);
    return this.#fields[key];
  }

  text(key: string, longest = longestWord): string {
    const value = this.value(key);
    if (typeof value !== 'string') throw notReadable(this.#at(key), 'is no text');
    if (value.length > longest) throw notReadable(this.#at(key), `has more than ${longest} characters`);
    return value;
  }

  integer(key: string, { min = 0, max }: { readonly min?: number; readonly max: number }): number {
    const value = this.value(key);
    if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
      throw notReadable(this.#at(key), `is no whole number from ${min} to ${max}`);
    }
    return value;
  }

  boolean(key: string): boolean {
    const value = this.value(key);
    if (typeof value !== 'boolean') throw notReadable(this.#at(key), 'is neither true nor false');
    return value;
  }

  nullable<T>(key: string, read: (key: string) => T): T | null {
    return this.value(key) === null ? null : read(key);
  }

  object<T>(key: string, read: (fields: Fields) => T): T {
    const fields = new Fields(this.value(key), this.#at(key));
    const value = read(fields);
    fields.end();
    return value;
  }

  /** `texts`: the elements are texts, each read as the field "0" of its own. */
  list<T>(key: string, most: number, read: (fields: Fields) => T, kind?: 'texts'): T[] {
    const value = this.value(key);
    if (!Array.isArray(value)) throw notReadable(this.#at(key), 'is no list');
    if (value.length > most) throw notReadable(this.#at(key), `has more than ${most} elements`);
    return value.map((element: unknown, i) => {
      const fields = new Fields(kind === 'texts' ? { 0: element } : element, `${this.#at(key)} ${i}`);
      const result = read(fields);
      fields.end();
      return result;
    });
  }

  end(): void {
    const [unknown] = this.#left;
    if (unknown !== undefined) throw notReadable(this.#at(unknown.slice(0, 40)), 'is not known here');
  }

  #at(key: string): string {
    return this.#where === 'the document' ? key : `${this.#where}.${key}`;
  }
}

const notReadable = (where: string, why: string): AppError =>
  new AppError('report.not-readable', { details: { where, why } });
