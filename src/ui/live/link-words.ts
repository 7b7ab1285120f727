/** The broker connection in words. */
import type { LinkFailure, LinkState } from '../../ports/broker-link.ts';
import type { Tone } from '../primitives/tone.ts';

const failures: Record<LinkFailure, string> = {
  unreachable: 'not reachable',
  password: 'password refused',
  'not-authorised': 'not authorised',
  protocol: 'not an MQTT broker',
  lost: 'connection lost',
};

export function linkWords(state: LinkState): { tone: Tone; word: string } {
  switch (state.kind) {
    case 'connecting':
      return { tone: 'info', word: 'Connecting' };
    case 'connected':
      return { tone: 'ok', word: state.through ? 'Connected, through another tab' : 'Connected' };
    case 'waiting':
      return {
        tone: 'warn',
        word: `Trying again in ${Math.max(1, Math.round(state.retryInMs / 1000))} s: ${failures[state.reason]}`,
      };
    case 'refused':
      return {
        tone: 'bad',
        word: state.reason === 'password' ? 'Password refused' : `Refused: ${failures[state.reason]}`,
      };
    case 'closed':
      return { tone: 'muted', word: 'Not connected' };
  }
}
