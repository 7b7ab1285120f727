/** Words for other programs on the broker: under which names they reach it, and lists of devices. */

const words: Readonly<Record<string, string>> = {
  localhost: 'localhost (on the same machine)',
  mosquitto: 'mosquitto (in the same Docker network)',
};

export const hostOptions = (hosts: readonly string[]): { value: string; text: string }[] =>
  hosts.map((value) => ({ value, text: words[value] ?? value }));

const mostNames = 4;

/** "a, b and 3 more"; `none` where there are no names. */
export function namesInWords(names: readonly string[], none: string): string {
  if (names.length === 0) return none;
  const shown = names.slice(0, mostNames).join(', ');
  return names.length > mostNames ? `${shown} and ${names.length - mostNames} more` : shown;
}
