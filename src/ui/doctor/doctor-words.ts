/** The doctor's verdict and states in the screens' words. */
import type { Cause } from '../../doctor/causes.ts';
import type { CheckState } from '../../doctor/checklist.ts';
import type { Diagnosis } from '../../doctor/diagnosis.ts';
import type { IconName } from '../primitives/icon-paths.ts';
import type { Tone } from '../primitives/tone.ts';

export const looks: Record<CheckState, { tone: Tone; word: string; icon?: IconName }> = {
  ok: { tone: 'ok', word: 'OK' },
  wrong: { tone: 'bad', word: 'Wrong' },
  warn: { tone: 'warn', word: 'Look at it' },
  unknown: { tone: 'muted', word: 'Unknown' },
  'not-needed': { tone: 'muted', word: 'Not needed', icon: 'skip' },
};

/** Nothing is wrong yet: the person is asked for something. */
export const isQuestion = (cause: Cause): boolean => cause === 'local-network-unasked' || cause === 'locked';

export function headline({ known, likely, isWell }: Diagnosis): { tone: Tone; word: string } {
  if (isWell) return { tone: 'ok', word: 'All is well: this page reaches the broker, reads and commands.' };
  if (known[0] === 'local-network-unasked') return { tone: 'info', word: 'One question first' };
  if (known[0] === 'locked') return { tone: 'info', word: 'Half of it is checked' };
  if (known.length > 1)
    return { tone: 'bad', word: `${known.length} causes are certain: begin with the first` };
  if (known.length === 1) return { tone: 'bad', word: 'The cause is certain' };
  return likely.length > 0
    ? { tone: 'warn', word: 'The browser does not say why. In order of likelihood:' }
    : { tone: 'warn', word: 'No cause was found' };
}
