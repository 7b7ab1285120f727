/**
 * Chunks and journal entries as bytes: a head (mark, version, kind), a CRC-32, the content (docs/contracts.md, "Kept
 * readings"). What cannot be read is said, never guessed, and never thrown at whoever draws a chart.
 */
import type { Bytes } from '../../shared/bytes.ts';
import { crc32 } from '../../shared/crc32.ts';
import { AppError } from '../../shared/errors.ts';
import type { Buckets } from './buckets.ts';
import { ByteReader, ByteWriter } from './byte-stream.ts';
import {
  isDecimal,
  readNumbers,
  readRuns,
  readTimes,
  writeNumbers,
  writeRuns,
  writeTimes,
} from './columns-codec.ts';
import type { Points } from './points.ts';

/** `newer`: written by a later page; left alone. */
export type Unreadable = 'damaged' | 'newer';

const mark = 0x53;
const version = 1;
const headBytes = 7;
const kinds = { points: 0, buckets: 1, journal: 2 } as const;
type Kind = keyof typeof kinds;

export const encodePoints = (points: Points): Bytes => sealed('points', (out) => writePoints(out, points));

export const decodePoints = (bytes: Uint8Array): Points | Unreadable => opened('points', bytes, readPoints);

export const encodeBuckets = (buckets: Buckets): Bytes =>
  sealed('buckets', (out) => {
    const { widthMs } = buckets;
    out.unsigned(buckets.startsMs.length);
    out.unsigned(widthMs);
    writeTimes(
      out,
      buckets.startsMs.map((startMs) => startMs / widthMs),
    );
    writeNumbers(out, buckets.counts);
    writeNumbers(out, buckets.mins);
    writeNumbers(out, roundedMeans(buckets), buckets.mins);
    writeNumbers(out, buckets.maxs, buckets.mins);
  });

export const decodeBuckets = (bytes: Uint8Array): Buckets | Unreadable =>
  opened('buckets', bytes, (from) => {
    const count = from.count();
    const widthMs = from.unsigned();
    const startsMs = readTimes(from, count).map((number) => number * widthMs);
    const counts = readNumbers(from, count);
    const mins = readNumbers(from, count);
    const means = readNumbers(from, count, mins);
    return { widthMs, startsMs, counts, mins, means, maxs: readNumbers(from, count, mins) };
  });

/** Means have endless decimals: seven digits of them are kept, never beyond the extremes. */
export function roundedMeans({ mins, means, maxs }: Buckets): Float64Array {
  if (isDecimal(means)) return means;
  const rounded = means.map(Math.fround);
  const isWithin = rounded.every((mean, i) => mean >= (mins[i] ?? mean) && mean <= (maxs[i] ?? mean));
  return isWithin ? rounded : means;
}

/** What arrived between two writes, by series. */
export type JournalBatch = ReadonlyMap<string, Points>;

export const encodeJournal = (batch: JournalBatch): Bytes =>
  sealed('journal', (out) => {
    out.unsigned(batch.size);
    for (const [series, points] of batch) {
      out.text(series);
      writePoints(out, points);
    }
  });

export const decodeJournal = (bytes: Uint8Array): JournalBatch | Unreadable =>
  opened('journal', bytes, (from) => {
    const batch = new Map<string, Points>();
    for (let left = from.count(); left > 0; left--) batch.set(from.text(), readPoints(from));
    return batch;
  });

function writePoints(out: ByteWriter, { timesMs, values, sources }: Points): void {
  out.unsigned(timesMs.length);
  writeTimes(out, timesMs);
  writeNumbers(out, values);
  writeRuns(out, sources);
}

function readPoints(from: ByteReader): Points {
  const count = from.count();
  const timesMs = readTimes(from, count);
  return { timesMs, values: readNumbers(from, count), sources: readRuns(from, count) };
}

function sealed(kind: Kind, write: (out: ByteWriter) => void): Bytes {
  const out = new ByteWriter();
  for (const byte of [mark, version, kinds[kind], 0, 0, 0, 0]) out.byte(byte);
  write(out);
  const bytes = out.finish();
  new DataView(bytes.buffer).setUint32(3, crc32(0xffffffff, bytes, headBytes, bytes.length), true);
  return bytes;
}

function opened<T>(kind: Kind, bytes: Uint8Array, read: (from: ByteReader) => T): T | Unreadable {
  if (bytes.length < headBytes || bytes[0] !== mark) return 'damaged';
  if ((bytes[1] ?? 0) > version) return 'newer';
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const isWhole = view.getUint32(3, true) === crc32(0xffffffff, bytes, headBytes, bytes.length);
  if (!isWhole || bytes[1] !== version || bytes[2] !== kinds[kind]) return 'damaged';
  try {
    return read(new ByteReader(bytes, headBytes));
  } catch (thrown) {
    if (thrown instanceof AppError) return 'damaged';
    throw thrown;
  }
}
