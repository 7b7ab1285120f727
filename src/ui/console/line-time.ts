/** When a line came, as the console shows it. */

/** "14:02:11.250" in the computer's own time. */
export function timeOfDay(atMs: number): string {
  const time = new Date(atMs);
  const two = (value: number): string => String(value).padStart(2, '0');
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':');
  return `${clock}.${String(time.getMilliseconds()).padStart(3, '0')}`;
}

/** "12.250 s" since the first line. */
export const sinceStart = (atMs: number): string => `${(atMs / 1000).toFixed(3)} s`;
