/** The speeds a board is flashed at, and the way down when the line is bad. */

/** Fastest first. */
export const baudRates: readonly number[] = [921_600, 460_800, 230_400, 115_200, 57_600];

/** The next slower speed; null at the end of the ladder. */
export const slowerBaudRate = (baudRate: number): number | null =>
  baudRates.find((candidate) => candidate < baudRate) ?? null;
