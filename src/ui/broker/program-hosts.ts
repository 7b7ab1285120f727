/** The names under which a program may reach the broker, as a choice. */

const words: Readonly<Record<string, string>> = {
  localhost: 'localhost (on the same machine)',
  mosquitto: 'mosquitto (in the same Docker network)',
};

export const hostOptions = (hosts: readonly string[]): { value: string; text: string }[] =>
  hosts.map((value) => ({ value, text: words[value] ?? value }));
