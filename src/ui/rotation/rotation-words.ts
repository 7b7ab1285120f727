/** A rotation in words: its state, what it does just now, why it ended, and why one cannot be begun. A table. */
import { codeText } from '../../contract/codes.ts';
import type { Rotation, RotationState } from '../../project/rotation.ts';
import { trialMostS } from '../../rotation/saga.ts';
import type { RotationObstacle } from '../../workflows/rotation/begin-rotations.ts';
import type { RotationActivity } from '../../workflows/rotation/rotation-runner.ts';
import type { Tone } from '../primitives/tone.ts';

export interface Look {
  readonly tone: Tone;
  readonly word: string;
}

const looks: Readonly<Record<RotationState, Look>> = {
  requested: { tone: 'info', word: 'Begun' },
  'csr-received': { tone: 'info', word: 'Request received' },
  issued: { tone: 'info', word: 'Certificate made' },
  delivered: { tone: 'info', word: 'Delivered' },
  trying: { tone: 'info', word: 'On trial' },
  kept: { tone: 'ok', word: 'Kept' },
  'old-revoked': { tone: 'ok', word: 'Kept, old one revoked' },
  reverted: { tone: 'warn', word: 'Not changed' },
};

export const stateLook = (state: RotationState): Look => looks[state];

const steps: Readonly<Record<RotationState, string>> = {
  requested: 'Begun',
  'csr-received': 'The device made a new key and sent its request, which was checked',
  issued: 'The certificate was made',
  delivered: 'The device has everything',
  trying: 'The device was told to try it',
  kept: 'The device runs on it, and it was kept',
  'old-revoked': 'The old certificate was revoked',
  reverted: 'Ended; the device runs on what it had',
};

export const stepWords = (state: RotationState): string => steps[state];

const minutes = Math.ceil(trialMostS / 60);

const waits: Readonly<Record<Extract<RotationActivity, { kind: 'waiting' }>['for'], string>> = {
  device: 'Waiting until the device is online.',
  trial: `The device is trying something else; at the latest in ${minutes} minutes that is over.`,
  broker: 'Waiting for the connection to the broker.',
  keys: 'Waiting for the keys: unlock the project.',
  turn: 'Waiting for its turn.',
};

const works: Readonly<Record<Extract<RotationActivity, { kind: 'working' }>['move'], string>> = {
  ask: 'The device makes a new key and sends its request.',
  issue: 'The certificate is made.',
  deliver: 'The files are brought to the device.',
  try: 'The device starts again with the new files.',
  keep: 'The device is online with them, and is told to keep them.',
  adopt: 'The device kept them.',
  'revoke-old': 'The old certificate is revoked.',
  restart: 'The device had started again: from the beginning.',
  revert: 'The device runs on what it had.',
};

/** What happens just now; `activity` is undefined in a tab that does not run it. */
export function activityWords(rotation: Rotation, activity: RotationActivity | undefined): string {
  if (activity?.kind === 'waiting') {
    if (activity.for === 'device' && rotation.state === 'trying')
      return `The device is trying the new files. If they do not connect, it is back on the old ones within ${minutes} minutes.`;
    return waits[activity.for];
  }
  if (activity?.kind === 'working') return works[activity.move];
  if (activity?.kind === 'paused') return `${activity.error.message} ${activity.error.remedy}`;
  return 'It goes on as soon as this page is connected to the broker.';
}

/** Why it ended without a change, and what to do. */
export function endingWords({ ending }: Rotation): string {
  switch (ending?.why) {
    case 'not-kept':
      return 'The device could not connect with the new files in time, or this page was closed while it tried. It went back by itself. Check what was changed, for example the Wi-Fi password, then try again.';
    case 'refused':
      return `The device refused: ${refusalWords(ending.code)}`;
    case 'restarts':
      return 'The device started again four times before it had everything. Look at its power supply and Wi-Fi, then try again.';
    case 'request':
      return 'What the device sent is not a request of its own for a new key, so nothing was signed. Write it by USB.';
    case 'cancelled':
      return 'It was cancelled. The device keeps what it has.';
    case undefined:
      return '';
  }
}

function refusalWords(code: number | null): string {
  const text = code === null ? null : codeText(code);
  return text ? `${text.message} ${text.remedy}` : `code ${String(code)}, which this page does not know.`;
}

export const obstacleWords: Readonly<Record<RotationObstacle, string>> = {
  'never-written': 'No board has its settings yet: write it by USB.',
  revoked:
    'Its certificate is revoked: the broker lets it in no more. Renew it in Trust and write it by USB.',
  rsa: 'Its key is RSA: the chip has no memory to make another one while it is connected. Renew it in Trust and write it by USB.',
  running: 'One is on its way.',
  form: 'In the form of messages that is set, it takes no commands: write it by USB.',
  'new-key': 'Its new key was made here: write it by USB, or renew it over MQTT.',
};

export const timeText = (ms: number): string => new Date(ms).toLocaleString(undefined, { hour12: false });
export const dayText = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
