/** The console's connection in words. */
import { mostAttempts, type ReconnectState } from '../../console/reconnecting.ts';
import type { Tone } from '../primitives/tone.ts';

export interface ConnectionLook {
  readonly tone: Tone;
  readonly word: string;
}

/** `nowMs` on the monotonic clock; null: nobody listens. */
export function connectionLook(state: ReconnectState | null, nowMs: number): ConnectionLook {
  switch (state?.kind) {
    case 'following':
      return { tone: 'ok', word: 'Listening' };
    case 'opening':
      return { tone: 'info', word: `Opening the port, ${state.attempt} of ${mostAttempts}` };
    case 'waiting': {
      const why = state.code === 'serial.gone' ? 'Unplugged' : 'The line was lost';
      const seconds = Math.max(1, Math.ceil((state.untilMs - nowMs) / 1000));
      return { tone: 'warn', word: `${why}. Trying again in ${seconds} s` };
    }
    case 'gave-up':
      return { tone: 'bad', word: `Not connected: ${state.attempts} attempts failed` };
    case 'stopped':
    case undefined:
      return { tone: 'muted', word: 'Not listening' };
  }
}
