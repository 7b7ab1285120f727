/**
 * Kept readings as CSV (RFC 4180), one line a reading or bucket, and such files read back. Knows nothing of files and
 * stores. Reading takes commas, semicolons or tabs, quoted fields, and one column of values or a column for each series.
 */
import { isKeepable, sampleSources, type Sample } from './sample.ts';
import type { Stretches } from './stretches.ts';

export const csvHeading = 'time,device,quantity,value,min,max,count,source\r\n';

/** The lines of one series; what the broker had kept and what was imported stay marked. */
export function csvLines(deviceId: string, quantity: string, row: Stretches, sources: Uint8Array): string {
  const [device, name] = [quoted(deviceId), quoted(quantity)];
  const lines: string[] = [];
  const firstPoint = row.startsMs.length - sources.length;
  for (let i = 0; i < row.startsMs.length; i++) {
    const time = new Date(row.startsMs[i] ?? 0).toISOString();
    const source = row.widthsMs[i] === 0 ? sampleSources[sources[i - firstPoint] ?? 0] : 'live';
    const [mean, min, max, count] = [row.means[i], row.mins[i], row.maxs[i], row.counts[i]];
    lines.push(`${time},${device},${name},${mean},${min},${max},${count},${source}\r\n`);
  }
  return lines.join('');
}

/** A spreadsheet takes what begins with these for a formula. */
const formulaLike = /^[=+\-@\t\r]/;

function quoted(text: string): string {
  const safe = formulaLike.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export interface RowProblem {
  /** Line of the file where the row begins, from 1. */
  readonly line: number;
  /** Completes "line 7: …". */
  readonly reason: string;
}

export interface CsvColumns {
  readonly time: number;
  /** One column of values, with the columns that say whose they are; or a column for each series. */
  readonly values:
    | {
        readonly kind: 'long';
        readonly value: number;
        readonly device: number;
        readonly quantity: number;
        readonly source: number;
      }
    | { readonly kind: 'wide'; readonly series: readonly WideColumn[] };
}

interface WideColumn {
  readonly at: number;
  readonly deviceId: string | null;
  readonly quantity: string;
}

export interface CsvRow {
  readonly line: number;
  readonly fields: readonly string[];
}

/** Rows without the empty ones. */
export function* csvRows(text: string): Generator<CsvRow> {
  const delimiter = delimiterOf(text);
  let [fields, field, line, rowLine] = [[] as string[], '', 1, 1];
  let isQuoted = false;
  for (let i = text.charCodeAt(0) === 0xfeff ? 1 : 0; i <= text.length; i++) {
    const char = text[i] ?? '\n';
    if (isQuoted && i < text.length) {
      if (char === '"' && text[i + 1] === '"') {
        field += '"';
        i += 1;
      } else if (char === '"') isQuoted = false;
      else field += char;
    } else if (char === '"' && field.trim() === '') [isQuoted, field] = [true, ''];
    else if (char === delimiter) {
      fields.push(field.trim());
      field = '';
    } else if (char === '\n') {
      fields.push(field.trim());
      if (fields.some((text) => text !== '')) yield { line: rowLine, fields };
      [fields, field, rowLine] = [[], '', line + 1];
    } else field += char;
    if (char === '\n') line += 1;
  }
}

function delimiterOf(text: string): string {
  const first = text.slice(0, text.search(/\r?\n|$/));
  return [',', ';', '\t'].reduce((best, char) =>
    first.split(char).length > first.split(best).length ? char : best,
  );
}

const timeNames = ['time', 'timestamp', 'date', 'datetime', '_time', 'zeit'];

/** Null without a column of times. */
export function csvColumns(heading: readonly string[]): CsvColumns | null {
  const names = heading.map((name) => name.toLowerCase());
  const at = (...wanted: readonly string[]): number => names.findIndex((name) => wanted.includes(name));
  const time = at(...timeNames);
  if (time < 0) return null;
  const value = at('value', '_value');
  if (value >= 0) {
    const [device, quantity] = [at('device', 'deviceid'), at('quantity', 'series', '_field')];
    return { time, values: { kind: 'long', value, device, quantity, source: at('source') } };
  }
  const series = heading.flatMap((name, i) => (i === time || name === '' ? [] : [wideColumn(name, i)]));
  return { time, values: { kind: 'wide', series } };
}

/** "porch-1/temperature" says whose it is; a unit in brackets is left out. */
function wideColumn(name: string, at: number): WideColumn {
  const bare = name.replace(/\s*[([][^)\]]*[)\]]\s*$/, '');
  const [, deviceId, quantity] = /^([^/]+)\/(.+)$/.exec(bare) ?? [];
  return { at, deviceId: deviceId ?? null, quantity: quantity ?? bare };
}

/** One row's readings, or why there are none. `deviceId` is whose they are where the row does not say. */
export function samplesOfRow(
  { fields }: CsvRow,
  columns: CsvColumns,
  deviceId: string,
): readonly Sample[] | string {
  const atMs = timeOf(fields[columns.time] ?? '');
  if (atMs === null) return `"${shortened(fields[columns.time] ?? '')}" is no time`;
  const { values } = columns;
  if (values.kind === 'long') {
    const whose = {
      deviceId: fieldOr(fields, values.device, deviceId),
      quantity: fieldOr(fields, values.quantity, 'value'),
    };
    const source = fields[values.source] === 'retained' ? 'retained' : 'import';
    return oneSample({ ...whose, atMs, source }, fields[values.value] ?? '');
  }
  const samples: Sample[] = [];
  for (const column of values.series) {
    const text = fields[column.at] ?? '';
    if (text === '') continue;
    const whose = { deviceId: column.deviceId ?? deviceId, quantity: column.quantity };
    const found = oneSample({ ...whose, atMs, source: 'import' }, text);
    if (typeof found === 'string') return found;
    samples.push(...found);
  }
  return samples.length > 0 ? samples : 'it has no value';
}

const fieldOr = (fields: readonly string[], at: number, otherwise: string): string =>
  (fields[at] ?? '').replace(/^'(?=[=+\-@])/, '') || otherwise;

function oneSample(sample: Omit<Sample, 'value'>, text: string): readonly Sample[] | string {
  // A comma is a decimal point where it does not part the columns.
  const value = text === '' ? NaN : Number(/^[-+]?\d+,\d+$/.test(text) ? text.replace(',', '.') : text);
  if (!Number.isFinite(value)) return `"${shortened(text)}" is no number`;
  if (!isKeepable(sample.atMs, value)) return `${shortened(text)} is beyond what is kept`;
  if (sample.deviceId.length > 256 || sample.quantity.length > 64) return 'its names are too long';
  return [{ ...sample, value }];
}

/** ISO 8601, seconds or milliseconds since 1970, or date and time as this computer's clock shows them. */
function timeOf(text: string): number | null {
  if (/^\d+(\.\d+)?$/.test(text)) {
    const number = Number(text);
    return Math.round(number < 1e11 ? number * 1000 : number);
  }
  if (!/^\d{4}-\d{2}-\d{2}/.test(text)) return null;
  const atMs = Date.parse(text.replace(' ', 'T'));
  return Number.isNaN(atMs) ? null : atMs;
}

const shortened = (text: string): string => (text.length > 24 ? `${text.slice(0, 24)}…` : text);
