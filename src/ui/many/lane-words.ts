/** A lane's state, its plan and its questions in words. */
import type { FlashPlan } from '../../flash/flash-plan.ts';
import { flashWords, type FlashState } from '../../flash/flash-state.ts';
import type { SerialLink } from '../../ports/serial.ts';
import type { BoardQuestion } from '../../workflows/board-questions.ts';
import type { BoardResult } from '../../workflows/many-boards.ts';
import { expectedWords, kilobytes } from '../board/flash-words.ts';
import type { Tone } from '../primitives/tone.ts';
import type { Lane } from '../state/lane.svelte.ts';

export interface Look {
  readonly tone: Tone;
  readonly word: string;
}

const tones: Record<FlashState['kind'], Tone> = {
  'no-board': 'muted',
  connecting: 'info',
  'hold-flash': 'warn',
  ready: 'info',
  'wrong-board': 'bad',
  'flash-too-small': 'bad',
  writing: 'info',
  checking: 'info',
  restarting: 'info',
  done: 'ok',
  'not-finished': 'warn',
  stopped: 'muted',
};

export function laneLook({ flash, isAsking, isOut, isStarved, questions }: Lane): Look {
  if (isOut) return { tone: 'muted', word: 'No board' };
  if (isStarved) return { tone: 'warn', word: 'No device waits' };
  if (isAsking) {
    return questions.length > 0 ? { tone: 'warn', word: 'Needs your word' } : { tone: 'info', word: 'Ready' };
  }
  return { tone: tones[flash.kind], word: flash.kind === 'no-board' ? 'Not started' : flashWords(flash) };
}

/** "12 regions, 520 KB to write, expected: about 7 s, …" */
export const planWords = ({ writes, writeBytes, expected, unchangedBytes }: FlashPlan): string =>
  writeBytes === 0
    ? 'The board holds exactly this already.'
    : [
        `${writes.length} ${writes.length === 1 ? 'region' : 'regions'}, ${kilobytes(writeBytes)} to write`,
        ...(unchangedBytes > 0 ? [`${kilobytes(unchangedBytes)} unchanged, skipped`] : []),
        expectedWords(expected),
      ].join('; ');

/** "virtual board", "USB 1a86:7523"; a port of no USB bridge has no numbers. */
export function portWords(link: SerialLink | null): string {
  if (link?.isVirtual) return 'virtual board';
  const hex = (id: number): string => id.toString(16).padStart(4, '0');
  return link?.usb ? `USB ${hex(link.usb.vendorId)}:${hex(link.usb.productId)}` : 'serial port';
}

export function questionWords(question: BoardQuestion): string {
  switch (question.kind) {
    case 'other-device':
      return `The board holds settings of another device, ${question.project}/${question.device}: they will be replaced.`;
    case 'written-already':
      return `This board was written as ${question.device} in this table. Was it not swapped?`;
    case 'other-board':
      return `This is not the board that was begun (${question.macAddress}): that one stays half written.`;
    case 'newer-slot-replaced':
      return `Newer settings that this page did not write, in slot ${question.slot}, will be replaced.`;
    case 'unreadable':
      return "The board's file system cannot be read: it is made anew, and its files are lost.";
    case 'files-lost':
      return `There is no room for these files of other programs, they will be lost: ${question.paths.join(', ')}.`;
  }
}

/** A row of the table. */
export function resultLook(result: BoardResult): Look {
  switch (result.kind) {
    case 'running':
      return { tone: 'info', word: 'In work' };
    case 'written':
      return { tone: 'ok', word: 'Written, verified' };
    case 'not-finished':
      return { tone: 'warn', word: 'Not finished' };
    case 'stopped':
      return { tone: 'muted', word: 'Stopped' };
  }
}
