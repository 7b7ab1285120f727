/** The steps of replacing an authority, in words. A table. */
import type { AuthorityRole } from '../../project/entities.ts';
import type { RollOverStep, RollOverStepKind } from '../../workflows/rotation/roll-over.ts';
import type { Look } from './rotation-words.ts';

export const roleTitles: Readonly<Record<AuthorityRole, string>> = {
  server: 'The authority that devices trust',
  client: 'The authority that signs devices',
  web: 'The authority that browsers trust',
};

const words: Readonly<Record<AuthorityRole, Partial<Record<RollOverStepKind, string>>>> = {
  server: {
    anchors: 'Every device is given both authorities, over MQTT or by USB.',
    broker:
      "The broker's certificate for devices is signed by the new one. Before that, devices without it would not know the broker any more.",
    files: 'The broker gets its new files, and is started with them.',
    stop: 'Stop trusting the old one, under Authorities. Devices lose it with their next settings.',
  },
  client: {
    files: 'The broker gets its new files and is started with them: it then trusts both.',
    devices: 'Every device gets a certificate of the new one, over MQTT or by USB.',
    stop: 'Stop trusting the old one, under Authorities, and give the broker its files once more.',
  },
  web: {
    browsers: 'Everybody who uses this page trusts the new one in the browser, as written below.',
    broker: "The broker's certificate for browsers is signed by the new one.",
    files: 'The broker gets its new files, and is started with them.',
    stop: 'Stop trusting the old one, under Authorities, and take it out of the browsers.',
  },
};

export const rollOverWords = (role: AuthorityRole, { kind }: RollOverStep): string => words[role][kind] ?? '';

export function rollOverLook({ state, remaining }: RollOverStep): Look {
  switch (state) {
    case 'done':
      return { tone: 'ok', word: 'Done' };
    case 'next':
      return { tone: 'info', word: remaining.length > 0 ? `Next: ${remaining.length} left` : 'Next' };
    case 'later':
      return { tone: 'muted', word: remaining.length > 0 ? `${remaining.length} left` : 'Later' };
    case 'unknown':
      return { tone: 'muted', word: 'Not to be seen from here' };
  }
}
