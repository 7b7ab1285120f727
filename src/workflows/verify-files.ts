/** Reads a board's files back and compares them one by one with what was meant to stand there. */
import type { FlashLayout } from '../contract/flash-layouts.ts';
import type { FlashSession } from '../ports/bootloader.ts';
import { equalBytes, type Bytes } from '../shared/bytes.ts';
import { cancelled, done, type Outcome, type RunOptions } from '../shared/outcome.ts';
import { readFiles } from './board-contents.ts';

export interface CheckedFile {
  readonly path: string;
  readonly result: 'same' | 'differs' | 'missing';
}

/** In the order of `expected`. Throws littlefs.*, flash.*, serial.*. */
export async function verifyFiles(
  session: FlashSession,
  { layout, expected }: { readonly layout: FlashLayout; readonly expected: ReadonlyMap<string, Bytes> },
  options: RunOptions,
): Promise<Outcome<CheckedFile[]>> {
  const found = await readFiles(session, { layout, paths: [...expected.keys()] }, options);
  if (found.kind === 'cancelled') return cancelled;
  return done(
    [...expected].map(([path, content]): CheckedFile => {
      const onBoard = found.value.get(path);
      if (!onBoard) return { path, result: 'missing' };
      return { path, result: equalBytes(onBoard, content) ? 'same' : 'differs' };
    }),
  );
}
