/**
 * Columns of numbers as bytes. Sensors speak in a few decimals: a column whose numbers are all whole after multiplying
 * by a power of ten is kept as the steps between them, any other as floats or doubles. All give back the very same
 * numbers.
 */
import type { ByteReader, ByteWriter } from './byte-stream.ts';
import { AppError } from '../../shared/errors.ts';

const powers = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000];
const asDoubles = 255;
const asFloats = 254;
/** The column is the one before it once more: where every bucket holds one reading. */
const asBefore = 253;
const largestStep = 2 ** 51;

export function writeNumbers(out: ByteWriter, numbers: Float64Array, before?: Float64Array): void {
  if (before && numbers.every((value, i) => Object.is(value, before[i]))) {
    out.byte(asBefore);
    return;
  }
  const decimals = powers.findIndex((power) => numbers.every((value) => isWholeTimes(value, power)));
  const power = powers[decimals];
  if (power === undefined) {
    writeReals(out, numbers);
    return;
  }
  out.byte(decimals);
  let last = 0;
  for (const value of numbers) {
    const whole = Math.round(value * power);
    out.signed(whole - last);
    last = whole;
  }
}

function writeReals(out: ByteWriter, numbers: Float64Array): void {
  const isFloat = numbers.every((value) => Object.is(Math.fround(value), value));
  out.byte(isFloat ? asFloats : asDoubles);
  for (const value of numbers)
    if (isFloat) out.float32(value);
    else out.float64(value);
}

/** Whether {@link writeNumbers} keeps them as steps. */
export const isDecimal = (numbers: Float64Array): boolean =>
  powers.some((power) => numbers.every((value) => isWholeTimes(value, power)));

/** Minus zero is no whole number here: it would come back as zero. */
function isWholeTimes(value: number, power: number): boolean {
  const whole = Math.round(value * power);
  return Math.abs(whole) < largestStep && !Object.is(whole, -0) && whole / power === value;
}

export function readNumbers(from: ByteReader, count: number, before?: Float64Array): Float64Array {
  const form = from.byte();
  if (form === asBefore && before) return before.slice();
  const numbers = new Float64Array(count);
  if (form === asDoubles || form === asFloats) {
    for (let i = 0; i < count; i++) numbers[i] = form === asFloats ? from.float32() : from.float64();
    return numbers;
  }
  const power = powers[form];
  if (power === undefined) throw new AppError('history.damaged');
  let last = 0;
  for (let i = 0; i < count; i++) {
    last += from.signed();
    numbers[i] = last / power;
  }
  return numbers;
}

/** Whole ascending numbers, as the changes of their steps: what comes regularly takes a byte each. */
export function writeTimes(out: ByteWriter, times: Float64Array): void {
  let [last, step] = [0, 0];
  for (const time of times) {
    out.signed(time - last - step);
    step = time - last;
    last = time;
  }
}

export function readTimes(from: ByteReader, count: number): Float64Array {
  const times = new Float64Array(count);
  let [last, step] = [0, 0];
  for (let i = 0; i < count; i++) {
    step += from.signed();
    last += step;
    times[i] = last;
  }
  return times;
}

/** A few different bytes in long runs. */
export function writeRuns(out: ByteWriter, marks: Uint8Array): void {
  for (let at = 0; at < marks.length;) {
    const mark = marks[at] ?? 0;
    let end = at + 1;
    while (end < marks.length && marks[end] === mark) end += 1;
    out.unsigned(end - at);
    out.byte(mark);
    at = end;
  }
}

export function readRuns(from: ByteReader, count: number): Uint8Array {
  const marks = new Uint8Array(count);
  for (let at = 0; at < count;) {
    const length = from.unsigned();
    if (length === 0 || length > count - at) throw new AppError('history.damaged');
    marks.fill(from.byte(), at, at + length);
    at += length;
  }
  return marks;
}
