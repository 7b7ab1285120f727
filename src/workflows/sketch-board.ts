/**
 * What an own sketch's files would replace on a connected board, for the plan to say before it is written: another
 * device's Signet files, files of other programs, SPIFFS, a file system of another layout. Reads; changes nothing.
 */
import { layoutsFor, type FlashLayout } from '../contract/flash-layouts.ts';
import type { BoardFindings, BoardWarning } from '../flash/flash-request.ts';
import { mayHoldFileSystem } from '../littlefs/probe.ts';
import { readImage } from '../littlefs/reader.ts';
import type { TreeFile } from '../littlefs/types.ts';
import type { FlashSession } from '../ports/bootloader.ts';
import { equalBytes, type Bytes } from '../shared/bytes.ts';
import { asAppError } from '../shared/errors.ts';
import { cancelled, done, type Outcome, type RunOptions } from '../shared/outcome.ts';
import type { SketchEntry } from '../sketch/material.ts';
import { looksLikeSpiffs } from '../sketch/spiffs.ts';
import { BoardReader } from './board-reader.ts';
import { identitiesIn, isContractPath } from './board-slots.ts';

/** First commits are shorter, and no parser reads less at a time. */
const headBytes = 1024;
const spiffsBlocks = 2;
/** Of a longer file that has its new size already, nothing is read: that would take longer than writing it. */
const comparedBytes = 4096;

export interface SketchWrite {
  readonly layout: FlashLayout;
  /** What the file system will hold. */
  readonly entries: readonly SketchEntry[];
}

/** Throws flash.*, serial.*. */
export async function replacedOnBoard(
  session: FlashSession,
  write: SketchWrite,
  options: RunOptions,
): Promise<Outcome<BoardFindings>> {
  const { layout } = write;
  const here = await fileSystemAt(session, write, options);
  if (here.kind === 'cancelled') return cancelled;
  if (here.value.length > 0) return done(findings('replaced', here.value));
  if (await hasSpiffs(session, layout, options)) {
    return done(findings('replaced', [{ kind: 'spiffs-replaced' }]));
  }
  const elsewhere = await otherLayout(session, layout, options);
  if (elsewhere.kind === 'cancelled') return cancelled;
  if (elsewhere.value === null) return done(findings('fresh', []));
  return done(findings('replaced', [{ kind: 'other-layout', layout: elsewhere.value.name }]));
}

const findings = (merge: BoardFindings['merge'], warnings: readonly BoardWarning[]): BoardFindings => ({
  merge,
  kept: [],
  isUnchanged: false,
  slot: null,
  warnings,
});

const readerOf = (session: FlashSession, layout: FlashLayout, options: RunOptions): BoardReader =>
  new BoardReader(session, { offset: layout.fsOffset, sizeBytes: layout.fsSizeBytes }, options);

/** What would go, as warnings; none: nothing stands there that would. */
async function fileSystemAt(
  session: FlashSession,
  { layout, entries }: SketchWrite,
  options: RunOptions,
): Promise<Outcome<BoardWarning[]>> {
  const reader = readerOf(session, layout, options);
  const begins = await beginsAt(reader, layout);
  if (begins.kind === 'cancelled') return cancelled;
  if (!begins.value) return done([]);
  const wanted = new Map(entries.map(({ path, content }) => [path, content]));
  try {
    return await reader.parse((source) => {
      const files = readImage(source, layout).entries.filter((entry) => entry.kind === 'file');
      return warningsFor(files, wanted);
    });
  } catch (thrown) {
    const { code } = asAppError(thrown);
    if (code === 'littlefs.absent') return done([]);
    if (code.startsWith('littlefs.')) return done([{ kind: 'unreadable', code }]);
    throw thrown;
  }
}

function warningsFor(files: readonly TreeFile[], wanted: ReadonlyMap<string, Bytes | null>): BoardWarning[] {
  const own = files.filter(({ path }) => isContractPath(path));
  const identities = identitiesIn(new Map(own.map((file) => [file.path, file.read()])));
  const others = identities.length > 0 ? files.filter((file) => !own.includes(file)) : files;
  const paths = others.filter((file) => !isSame(file, wanted.get(file.path))).map(({ path }) => path);
  return [
    ...identities.map((identity): BoardWarning => ({ kind: 'signet-replaced', ...identity })),
    ...(paths.length > 0 ? [{ kind: 'files-replaced', paths } as const] : []),
  ];
}

function isSame(file: TreeFile, content: Bytes | null | undefined): boolean {
  if (!content || content.length !== file.sizeBytes) return false;
  return file.sizeBytes > comparedBytes || equalBytes(file.read(), content);
}

async function beginsAt(reader: BoardReader, { blockSizeBytes }: FlashLayout): Promise<Outcome<boolean>> {
  const heads = await reader.parse((source) =>
    [0, blockSizeBytes].map((offset) => source.read(offset, headBytes)),
  );
  return heads.kind === 'done' ? done(mayHoldFileSystem(heads.value)) : cancelled;
}

const hasSpiffs = async (
  session: FlashSession,
  { fsOffset, blockSizeBytes }: FlashLayout,
  options: RunOptions,
): Promise<boolean> => looksLikeSpiffs(await session.read(fsOffset, spiffsBlocks * blockSizeBytes, options));

async function otherLayout(
  session: FlashSession,
  layout: FlashLayout,
  options: RunOptions,
): Promise<Outcome<FlashLayout | null>> {
  for (const other of layoutsFor(session.chip.flashSizeBytes ?? 0)) {
    if (other.name === layout.name) continue;
    const begins = await beginsAt(readerOf(session, other, options), other);
    if (begins.kind === 'cancelled') return cancelled;
    if (begins.value) return done(other);
  }
  return done(null);
}
