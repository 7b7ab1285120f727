/** The console's baud rates, and which one to try when what arrives is not readable. */
import { isGarbled } from './serial-lines.ts';

export interface ConsoleBaudRate {
  readonly baudRate: number;
  /** Who speaks at it; empty when nobody in particular does. */
  readonly speaker: string;
}

/** Usual ones; any other whole number up to {@link highestBaudRate} may be typed. */
export const consoleBaudRates: readonly ConsoleBaudRate[] = [
  { baudRate: 9_600, speaker: 'many examples' },
  { baudRate: 19_200, speaker: '' },
  { baudRate: 38_400, speaker: '' },
  { baudRate: 57_600, speaker: '' },
  { baudRate: 74_880, speaker: "the chip's boot ROM" },
  { baudRate: 115_200, speaker: 'Signet firmware, most sketches' },
  { baudRate: 230_400, speaker: '' },
  { baudRate: 460_800, speaker: '' },
  { baudRate: 921_600, speaker: '' },
];

export const lowestBaudRate = 300;
export const highestBaudRate = 3_000_000;

/** A typed rate, or null when a UART has no such rate. */
export function typedBaudRate(text: string): number | null {
  if (!/^\d{1,7}$/.test(text.trim())) return null;
  const baudRate = Number(text);
  return baudRate >= lowestBaudRate && baudRate <= highestBaudRate ? baudRate : null;
}

/** Likely ones first. */
const candidates = [115_200, 74_880, 9_600, 57_600, 230_400];
const judgedLines = 12;
/** The boot ROM alone garbles about five lines at each start. */
const fewestGarbled = 6;

/**
 * The rate to try next when most of the last lines are not readable, else null. `tried` are rates that were no better.
 */
export function suggestedBaudRate(
  texts: readonly string[],
  present: number,
  tried: readonly number[] = [],
): number | null {
  const judged = texts.filter((text) => text !== '').slice(-judgedLines);
  const garbled = judged.filter(isGarbled).length;
  if (garbled < fewestGarbled || garbled * 2 <= judged.length) return null;
  return candidates.find((baudRate) => baudRate !== present && !tried.includes(baudRate)) ?? null;
}
