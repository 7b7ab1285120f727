/** A command's life in words and tone. */
import type { Tone } from '../primitives/tone.ts';
import type { SentCommand } from '../state/live.svelte.ts';

export interface CommandLook {
  readonly tone: Tone;
  readonly word: string;
  readonly remedy: string | null;
}

/** What people gave, in their words. */
export const commandNames: Partial<Record<SentCommand['name'], string>> = {
  led: 'LED',
  display: 'Display',
  relay: 'Relay',
  outputs: 'Output',
  interval: 'Interval',
  read: 'Read now',
  identify: 'Identify',
  reboot: 'Restart',
};

/** The way it has come so far: `sent > broker > device`. */
export function commandSteps(state: SentCommand['state']): string {
  switch (state.kind) {
    case 'sent':
    case 'unknown':
      return 'sent > …';
    case 'taken':
      return 'sent > broker > …';
    case 'no-answer':
      return 'sent > broker > ?';
    case 'done':
      return 'sent > broker > device';
    case 'refused':
      return state.by === 'broker' ? 'sent > broker' : 'sent > broker > device';
    case 'failed':
      return 'not sent';
  }
}

export function commandLook(state: SentCommand['state']): CommandLook {
  switch (state.kind) {
    case 'sent':
      return { tone: 'info', word: 'Sent', remedy: null };
    case 'taken':
      return { tone: 'info', word: `Taken by broker, ${state.afterMs} ms`, remedy: null };
    case 'done':
      return { tone: 'ok', word: `Done, ${state.afterMs} ms`, remedy: null };
    case 'refused':
      return { tone: 'bad', word: `Refused: ${state.cause}`, remedy: state.remedy };
    case 'no-answer':
      return {
        tone: 'warn',
        word: 'No answer: it may have happened',
        remedy: 'It is not sent again by itself. Look at the device first.',
      };
    case 'unknown':
      return { tone: 'warn', word: 'Unknown', remedy: 'Look at the device before you send it again.' };
    case 'failed':
      return { tone: 'bad', word: state.error.message, remedy: state.error.remedy };
  }
}
