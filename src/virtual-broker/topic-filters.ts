/** Topic names and filters (MQTT 5.0, 4.7). */

export const isTopicName = (topic: string): boolean => topic !== '' && !/[+#]/.test(topic);

/** `#` stands alone in the last level, `+` alone in any. */
export const isFilter = (filter: string): boolean => {
  if (filter === '') return false;
  const levels = filter.split('/');
  return levels.every((level, i) =>
    level === '#' ? i === levels.length - 1 : level === '+' || !/[+#]/.test(level),
  );
};

export function matches(filter: string, topic: string): boolean {
  // A wildcard in the first level does not reach the broker's own topics.
  if (topic.startsWith('$') && !filter.startsWith('$')) return false;
  const wanted = filter.split('/');
  const levels = topic.split('/');
  for (const [i, level] of wanted.entries()) {
    if (level === '#') return true;
    if (i >= levels.length || (level !== '+' && level !== levels[i])) return false;
  }
  return wanted.length === levels.length;
}
