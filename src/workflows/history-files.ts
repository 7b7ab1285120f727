/** The history's way out and in: CSV and JSON of any range, and a CSV file taken in after a look at it. */
import { utf8 } from '../shared/bytes.ts';
import { AppError } from '../shared/errors.ts';
import type { Downloads } from '../ports/files.ts';
import {
  csvColumns,
  csvHeading,
  csvLines,
  csvRows,
  samplesOfRow,
  type RowProblem,
} from '../telemetry/history/csv.ts';
import { levels } from '../telemetry/history/levels.ts';
import { quantityLook } from '../telemetry/quantity-looks.ts';
import { sampleSources, seriesIdOf, type Sample } from '../telemetry/history/sample.ts';
import { stretchesOf, type SeriesHistory } from '../telemetry/history/stretches.ts';
import type { KeptHistory, SeriesName } from './keep-history.ts';

export interface ExportChoice {
  readonly series: readonly SeriesName[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly form: 'csv' | 'json';
}

/** A text of more is refused by browsers, or takes all of a small computer's memory. */
const maxExportBytes = 300_000_000;

/**
 * Saves `<name>-history.csv` or `.json`; returns how many lines or entries it has. Throws history.export-large,
 * storage.failed.
 */
export async function exportHistory(
  { history, downloads }: { readonly history: KeptHistory; readonly downloads: Downloads },
  name: string,
  choice: ExportChoice,
): Promise<number> {
  const parts: string[] = [];
  let [count, length] = [0, 0];
  for (const series of choice.series) {
    const kept = await history.read(series, choice.fromMs, choice.toMs);
    const row = stretchesOf(kept);
    count += row.startsMs.length;
    const part =
      choice.form === 'csv'
        ? csvLines(series.deviceId, series.quantity, row, kept.points.sources)
        : jsonOf(series, kept);
    length += part.length;
    if (length > maxExportBytes) throw new AppError('history.export-large');
    parts.push(part);
  }
  const isCsv = choice.form === 'csv';
  const text = isCsv ? csvHeading + parts.join('') : `[\n${parts.join(',\n')}\n]\n`;
  const type = isCsv ? 'text/csv' : 'application/json';
  downloads.save(`${name}-history.${choice.form}`, utf8(text), type);
  return count;
}

function jsonOf({ deviceId, quantity }: SeriesName, { points, buckets }: SeriesHistory): string {
  const iso = (atMs: number): string => new Date(atMs).toISOString();
  return JSON.stringify({
    device: deviceId,
    quantity,
    unit: quantityLook(quantity).unit,
    readings: Array.from(points.timesMs, (atMs, i) => ({
      time: iso(atMs),
      value: points.values[i],
      source: sampleSources[points.sources[i] ?? 0],
    })),
    downSampled: buckets.map((part) => ({
      widthSeconds: part.widthMs / 1000,
      buckets: Array.from(part.startsMs, (startMs, i) => ({
        time: iso(startMs),
        count: part.counts[i],
        min: part.mins[i],
        mean: part.means[i],
        max: part.maxs[i],
      })),
    })),
  });
}

/** Larger files would hold up the page. */
export const maxCsvBytes = 32 * 1024 * 1024;
const rowsAtOnce = 5_000;
const shownProblems = 50;

export interface CsvPreview {
  readonly samples: readonly Sample[];
  readonly rowCount: number;
  /** The first of them. */
  readonly problems: readonly RowProblem[];
  readonly problemCount: number;
  readonly series: readonly (SeriesName & {
    readonly count: number;
    readonly fromMs: number;
    readonly toMs: number;
  })[];
}

/** Nothing is kept yet. Throws history.csv-large, history.csv-heading, history.csv-empty. */
export async function previewCsv(
  file: Pick<Blob, 'size' | 'text'>,
  deviceId: string,
  signal: AbortSignal,
): Promise<CsvPreview> {
  if (file.size > maxCsvBytes) {
    throw new AppError('history.csv-large', { details: { sizeBytes: file.size, maxBytes: maxCsvBytes } });
  }
  const rows = csvRows(await file.text());
  const heading = rows.next();
  if (heading.done) throw new AppError('history.csv-empty');
  const columns = csvColumns(heading.value.fields);
  if (!columns) throw new AppError('history.csv-heading');
  const found = { samples: [] as Sample[], problems: [] as RowProblem[], problemCount: 0, rowCount: 0 };
  for (const row of rows) {
    if (found.rowCount++ % rowsAtOnce === 0) await breath(signal);
    const samples = samplesOfRow(row, columns, deviceId);
    if (typeof samples !== 'string') found.samples.push(...samples);
    else if (++found.problemCount <= shownProblems) found.problems.push({ line: row.line, reason: samples });
  }
  if (found.rowCount === 0) throw new AppError('history.csv-empty');
  return { ...found, series: summaries(found.samples) };
}

/** Lets the page answer in between. */
async function breath(signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await new Promise((resolve) => setTimeout(resolve, 0));
}

function summaries(samples: readonly Sample[]): CsvPreview['series'] {
  const found = new Map<
    string,
    { deviceId: string; quantity: string; count: number; fromMs: number; toMs: number }
  >();
  for (const { deviceId, quantity, atMs } of samples) {
    const id = seriesIdOf(deviceId, quantity);
    const one = found.get(id) ?? { deviceId, quantity, count: 0, fromMs: atMs, toMs: atMs };
    one.count += 1;
    one.fromMs = Math.min(one.fromMs, atMs);
    one.toMs = Math.max(one.toMs, atMs);
    found.set(id, one);
  }
  return [...found.values()];
}

const samplesAtOnce = 50_000;

/**
 * Keeps what the preview found; what is there already, as a reading of the same time or within a bucket, stays as it is.
 * Throws history.elsewhere, storage.full, storage.failed.
 */
export async function importSamples(
  history: KeptHistory,
  preview: CsvPreview,
): Promise<{ readonly kept: number; readonly known: number }> {
  const fresh = await withoutKnown(history, preview);
  await history.alone(async (recorder) => {
    for (let at = 0; at < fresh.length; at += samplesAtOnce) {
      recorder.add(fresh.slice(at, at + samplesAtOnce));
      await recorder.settle();
      if (recorder.state.failure) throw recorder.state.failure;
    }
  });
  await history.tidy();
  return { kept: fresh.length, known: preview.samples.length - fresh.length };
}

async function withoutKnown(history: KeptHistory, { samples, series }: CsvPreview): Promise<Sample[]> {
  const widest = Math.max(...levels.map(({ bucketMs }) => bucketMs));
  const known = new Map<string, (atMs: number) => boolean>();
  for (const { deviceId, quantity, fromMs, toMs } of series) {
    const there = await history.read({ deviceId, quantity }, fromMs - widest, toMs + 1);
    const times = new Set(there.points.timesMs);
    const starts = there.buckets.map(({ widthMs, startsMs }) => ({ widthMs, startsMs: new Set(startsMs) }));
    known.set(
      seriesIdOf(deviceId, quantity),
      (atMs) =>
        times.has(atMs) ||
        starts.some(({ widthMs, startsMs }) => startsMs.has(Math.floor(atMs / widthMs) * widthMs)),
    );
  }
  return samples.filter(({ deviceId, quantity, atMs }) => !known.get(seriesIdOf(deviceId, quantity))?.(atMs));
}
