/** What can be wrong with the settings that most devices leave as they are. Limits of docs/contracts.md, Configuration. */
import type { DeviceSettings } from '../project/device-settings.ts';
import { utf8 } from '../shared/bytes.ts';
import { AppError, type ErrorCode } from '../shared/errors.ts';

export type ExpertField = 'thresholds' | 'servers' | 'timeZone' | 'base';

export interface ExpertProblem {
  readonly field: ExpertField;
  readonly error: AppError;
}

const THRESHOLD_C = { min: -100, max: 150 };
const mostServers = 3;
const mostTimeBytes = 48;
const mostBaseBytes = 80;

export function expertProblems({ pixel, clock, form }: DeviceSettings): ExpertProblem[] {
  return [
    ...(pixel && !areThresholds(pixel.thresholds) ? [problem('thresholds', 'form.thresholds')] : []),
    ...(clock && !areServers(clock.servers) ? [problem('servers', 'form.time-servers')] : []),
    ...(clock && !isTimeZone(clock.timeZone) ? [problem('timeZone', 'form.time-zone')] : []),
    ...(form?.kind === 'plain' && !isBase(form.base) ? [problem('base', 'form.topic-base')] : []),
  ];
}

const problem = (field: ExpertField, code: ErrorCode): ExpertProblem => ({
  field,
  error: new AppError(code),
});

function areThresholds(thresholds: readonly number[]): boolean {
  const tenths = thresholds.map((celsius) => Math.round(celsius * 10));
  return tenths.every((tenth, i) => {
    const isInside = tenth >= THRESHOLD_C.min * 10 && tenth <= THRESHOLD_C.max * 10;
    return isInside && (i === 0 || tenth > (tenths[i - 1] ?? 0));
  });
}

const isHost = (text: string): boolean =>
  /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(text) && text.length <= mostTimeBytes;

const areServers = (servers: readonly string[]): boolean =>
  servers.length >= 1 && servers.length <= mostServers && servers.every(isHost);

/** A name with an offset, and what may follow: summer time by rule. */
const isTimeZone = (text: string): boolean =>
  text.length <= mostTimeBytes &&
  /^([A-Za-z]{3,}|<[A-Za-z0-9+-]{3,}>)[+-]?\d{1,3}(:\d\d){0,2}([A-Za-z<][A-Za-z0-9<>+,./:-]*)?$/.test(text);

/** A topic of one's own; wildcards, empty levels and what Mosquitto keeps for itself are none. */
const isBase = (text: string): boolean =>
  utf8(text).length <= mostBaseBytes && /^[^/#+$\0]([^#+\0]*[^/#+\0])?$/.test(text) && !text.includes('//');
