/**
 * A POSIX time zone ("CET-1CEST,M3.5.0,M10.5.0/3") as the chip's C library reads it: what to add to UTC at a moment.
 * Knows only the M form of a rule, which is all that zone tables use today; a zone that cannot be read is UTC.
 */

/** Seconds to add to UTC at a Unix time in seconds. */
export type ZoneOffset = (unixS: number) => number;

interface Rule {
  readonly month: number;
  /** 1 to 5; 5 is the last. */
  readonly week: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  /** Of the clock that runs until then, seconds after midnight. */
  readonly timeS: number;
}

const hourS = 3600;
const dayS = 24 * hourS;
const name = /^(?:[A-Za-z]{3,}|<[A-Za-z0-9+-]{3,}>)/;
const clock = /^([+-]?)(\d{1,3})(?::(\d{1,2}))?(?::(\d{1,2}))?/;
const rule = /^M(\d{1,2})\.([1-5])\.([0-6])(?:\/(.+))?$/;

/** Never fails: what is no zone is UTC. */
export function parsePosixZone(text: string): ZoneOffset {
  const [zone = '', ...rules] = text.split(',');
  const standard = takeOffset(zone);
  if (!standard) return () => 0;
  if (standard.rest === '') return () => standard.offsetS;
  const summer = takeOffset(standard.rest, standard.offsetS + hourS);
  const [begin, end] = rules.map(parseRule);
  if (!summer || summer.rest !== '' || !begin || !end || rules.length !== 2) return () => 0;
  return (unixS) =>
    isSummer(unixS, beginAndEnd(unixS, begin, end, standard.offsetS, summer.offsetS))
      ? summer.offsetS
      : standard.offsetS;
}

/** Name and offset at the front; POSIX counts west of Greenwich as positive. */
function takeOffset(text: string, defaultS?: number): { offsetS: number; rest: string } | null {
  const label = name.exec(text)?.[0];
  if (label === undefined) return null;
  const rest = text.slice(label.length);
  const found = clock.exec(rest);
  if (!found) return defaultS === undefined ? null : { offsetS: defaultS, rest };
  return { offsetS: 0 - secondsOf(found), rest: rest.slice(found[0].length) };
}

function secondsOf([, sign, hours, minutes = '0', seconds = '0']: RegExpExecArray): number {
  const size = Number(hours) * hourS + Number(minutes) * 60 + Number(seconds);
  return sign === '-' ? 0 - size : size;
}

function parseRule(text: string): Rule | null {
  const [, month, week, weekday, time = '2'] = rule.exec(text) ?? [];
  const at = clock.exec(time);
  if (month === undefined || !at || at[0] !== time) return null;
  return { month: Number(month), week: Number(week), weekday: Number(weekday), timeS: secondsOf(at) };
}

const yearOf = (unixS: number): number => new Date(unixS * 1000).getUTCFullYear();

function beginAndEnd(
  ...[unixS, begin, end, standardS, summerS]: [number, Rule, Rule, number, number]
): readonly [number, number] {
  const year = yearOf(unixS + standardS);
  return [momentOf(begin, year) - standardS, momentOf(end, year) - summerS];
}

/** In the south summer begins late in the year and ends early in it. */
function isSummer(unixS: number, [begin, end]: readonly [number, number]): boolean {
  return begin < end ? unixS >= begin && unixS < end : unixS >= begin || unixS < end;
}

/** Local seconds of a rule in a year, as if the zone were UTC. */
function momentOf({ month, week, weekday, timeS }: Rule, year: number): number {
  const firstS = Date.UTC(year, month - 1, 1) / 1000;
  const firstWeekday = new Date(firstS * 1000).getUTCDay();
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
  let day = ((weekday - firstWeekday + 7) % 7) + 7 * (week - 1);
  if (day >= days) day -= 7;
  return firstS + day * dayS + timeS;
}
