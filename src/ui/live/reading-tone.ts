/**
 * The colour of a reading by the thresholds that a person set. Whoever keeps thresholds says how to judge; until then no
 * reading has a colour.
 */
import type { Tone } from '../primitives/tone.ts';

export type JudgeReading = (
  deviceId: string,
  quantity: string,
  value: number,
) => Extract<Tone, 'warn' | 'bad'> | null;

let judge: JudgeReading = () => null;

/** Given once, by what keeps the thresholds. */
export const judgeReadingsBy = (next: JudgeReading): void => {
  judge = next;
};

export const readingTone: JudgeReading = (deviceId, quantity, value) => judge(deviceId, quantity, value);
