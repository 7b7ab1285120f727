/** What stands on a board, in words. */
import type { Tone } from '../primitives/tone.ts';
import type { SlotName } from '../../contract/slot-files.ts';
import type { BoardContents, FoundProgram } from '../../workflows/board-contents.ts';
import type { SlotReport, SlotsReport } from '../../workflows/slots-report.ts';
import type { FileVerdict, FileWhy } from '../../workflows/verify-files.ts';
import type { ContentsJob, ContentsTask } from '../state/contents.svelte.ts';

export const megabytes = (bytes: number): string =>
  bytes >= 1_048_576 ? `${bytes / 1_048_576} MB` : `${bytes / 1024} KB`;

export function sizeWords(bytes: number): string {
  if (bytes < 10_000) return `${bytes} B`;
  return bytes < 1_048_576 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / 1_048_576).toFixed(1)} MB`;
}

export function programWords(program: FoundProgram): string {
  if (program.kind === 'none') return 'None: the flash does not begin with an ESP8266 program.';
  const mode = program.flashMode ? `flash mode ${program.flashMode.toUpperCase()}` : 'unknown flash mode';
  return `A program, ${mode}, ${program.segments} ${program.segments === 1 ? 'segment' : 'segments'}.`;
}

export function fileSystemWords({ fileSystem }: BoardContents): string {
  switch (fileSystem.kind) {
    case 'littlefs': {
      const { files, layout } = fileSystem;
      const used = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
      const count = `${files.length} ${files.length === 1 ? 'file' : 'files'}`;
      return `LittleFS of the layout ${layout.name}: ${count}, ${sizeWords(used)} of ${sizeWords(layout.fsSizeBytes)}.`;
    }
    case 'damaged':
      return `LittleFS at the place of the layout ${fileSystem.layout.name} that no ESP8266 mounts.`;
    case 'spiffs':
      return `SPIFFS at the place of the layout ${fileSystem.layout.name}: today's core mounts LittleFS. Its program still runs; writing settings replaces these files.`;
    case 'none':
      return 'None: no LittleFS at the place of any layout.';
  }
}

const standingWords = (slot: SlotReport): string => {
  switch (slot.standing) {
    case 'ours':
      return slot.isLastWritten
        ? `settings of ${slot.device}, as this page wrote them last`
        : `settings of ${slot.device}, but not what this page wrote last`;
    case 'newer':
      return `settings of ${slot.device} that this page did not write: renewed on the device, or by another copy of the project. A write leaves them alone`;
    case 'other':
      return `settings of another device, ${slot.project}/${slot.device}`;
    case 'broken':
      return 'not whole: its seal does not fit, so the device never uses it';
  }
};

/** One sentence a slot that is there. */
export const slotWords = (slots: SlotsReport): { name: SlotName; runs: boolean; text: string }[] =>
  (['a', 'b'] as const).flatMap((name) => {
    const slot = slots[name];
    if (!slot) return [];
    const generation = slot.generation ? `; generation ${slot.generation}` : '';
    return [{ name, runs: slots.runs === name, text: `${standingWords(slot)}${generation}.` }];
  });

/** What the pointer and the clock floor say, for a person. */
export function pointerWords(slots: SlotsReport): string[] {
  const { selection, runs, isOnTrial, clockFloorS } = slots;
  const words: string[] = [];
  if (!runs) words.push('Neither slot is whole: the device starts in safe mode until settings are written.');
  if (isOnTrial && selection.trial)
    words.push(
      `Slot ${selection.trial} is on trial, ${selection.bootsLeft} starts left; then ${selection.active} again.`,
    );
  else if (runs && runs !== selection.active)
    words.push(`The pointer names slot ${selection.active}, which is not whole: slot ${runs} runs.`);
  if (clockFloorS !== null)
    words.push(
      `Its clock was last right at ${new Date(clockFloorS * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC.`,
    );
  return words;
}

export const verdictLooks: Record<FileVerdict['result'], { tone: Tone; word: string }> = {
  same: { tone: 'ok', word: 'Same' },
  differs: { tone: 'warn', word: 'Differs' },
  missing: { tone: 'bad', word: 'Missing' },
  device: { tone: 'info', word: "The device's own" },
  foreign: { tone: 'muted', word: 'Not ours' },
};

export const whyWords: Record<FileWhy, string> = {
  'as-saved': '',
  'saved-since': 'Changed here since the board was written.',
  'written-elsewhere': 'Not what this page wrote last: changed on the device or written from elsewhere.',
  'other-device': 'Belongs to another device; a write replaces it.',
  'broken-slot': 'The slot was not finished or is damaged; the device does not use it.',
  seal: 'The seal covers the other five files: it differs when one of them does.',
  'not-written': 'These settings were never written to this board.',
  'other-slot': 'The slot that does not run; a write leaves it.',
  'newer-slot': 'Newer than what this page wrote; a write leaves it.',
  pointer: 'Which slot runs; the device moves it.',
  clock: 'The last time it knew; it only moves forward.',
  'last-command': 'The last command it took, so that none is taken twice.',
  'unfinished-rename': 'A file that a power cut kept from being renamed; the device clears it up.',
  'not-ours': 'Of another program; a write leaves it where it is.',
};

/** "5 same, 1 differs, 2 missing" */
export function tallyWords(verdicts: readonly FileVerdict[]): string {
  const count = (result: FileVerdict['result']): number =>
    verdicts.filter((verdict) => verdict.result === result).length;
  const parts = (['same', 'differs', 'missing'] as const).flatMap((result) =>
    count(result) > 0
      ? [`${count(result)} ${result === 'differs' && count(result) > 1 ? 'differ' : result}`]
      : [],
  );
  return parts.join(', ');
}

export function taskWords(task: ContentsTask): string {
  switch (task.kind) {
    case 'read':
      return 'Reading the board';
    case 'file':
      return `Downloading ${task.path}`;
    case 'download':
      return task.area.kind === 'flash' ? 'Downloading the whole flash' : 'Downloading the file system';
    case 'erase':
      return task.area.kind === 'flash' ? 'Erasing the whole flash' : 'Erasing the file system';
    case 'restore':
      return 'Restoring the backup';
  }
}

/** How a task ended, for one that did not fail. */
export function endWords({ task, how, touched, savedAs }: Extract<ContentsJob, { kind: 'ended' }>): string {
  if (how === 'done') {
    if (savedAs) return `Saved as ${savedAs}; every part was checked against the chip's own MD5.`;
    if (task.kind === 'erase') return 'Erased, and read again: this is what is left.';
    return 'Read.';
  }
  return touched
    ? 'Cancelled half-way: a part is erased, and the board may not start. Erase again, restore a backup, or write the device.'
    : 'Cancelled. Nothing on the board was changed.';
}
