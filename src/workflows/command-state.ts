/** How far a command came, in the words people read; what refused it, and what to do then. */
import { codeText } from '../contract/codes.ts';
import type { ReplyBody } from '../contract/envelope.ts';

/** All times in ms since the command was sent. */
export type CommandState =
  | { readonly kind: 'sent' }
  | { readonly kind: 'taken'; readonly afterMs: number }
  | { readonly kind: 'done'; readonly afterMs: number; readonly reply: ReplyBody }
  | {
      readonly kind: 'refused';
      readonly afterMs: number;
      readonly by: 'broker' | 'device';
      readonly code: number | null;
      readonly cause: string;
      readonly remedy: string;
    }
  /** The broker took it, the device said nothing. */
  | { readonly kind: 'no-answer' }
  /** Not even the broker answered, or the page stopped waiting. */
  | { readonly kind: 'unknown' };

/** The words of a command's state. */
export function commandWords(state: CommandState): string {
  switch (state.kind) {
    case 'sent':
      return 'Sent';
    case 'taken':
      return 'Taken by broker';
    case 'done':
      return 'Done';
    case 'refused':
      return `Refused: ${state.cause}`;
    case 'no-answer':
      return 'No answer: it may have happened';
    case 'unknown':
      return 'Unknown';
  }
}

/** MQTT 5 reason codes of a PUBACK. */
const noMatchingSubscribers = 16;
const notAuthorised = 135;

/** Whether the broker passed the message on to anybody. */
export const isTakenByBroker = (reasonCode: number): boolean =>
  reasonCode < 128 && reasonCode !== noMatchingSubscribers;

export interface Refusal {
  readonly cause: string;
  readonly remedy: string;
}

export function brokerRefusal(code: number): Refusal {
  if (code === noMatchingSubscribers) {
    return {
      cause: 'The device is not connected to the broker: nobody received the command.',
      remedy: 'Wait until the device is online, then send again.',
    };
  }
  const remedy = 'Install the newest bundle on the broker: its access list knows this device.';
  if (code !== notAuthorised)
    return { cause: `The broker did not take the command (reason ${code}).`, remedy };
  return { cause: "The broker's access list does not let this page give commands to the device.", remedy };
}

/** Null: the device refused without saying why. */
export function deviceRefusal(code: number | null): Refusal {
  const text = code === null ? null : codeText(code);
  if (text) return { cause: text.message, remedy: text.remedy };
  return {
    cause:
      code === null
        ? 'The device did not say why.'
        : `The device gave code ${code}, which this page does not know.`,
    remedy: 'The firmware may be newer than this page: reload the page.',
  };
}
