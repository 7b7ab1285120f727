/**
 * What stands on a board's flash, found out through a running boot loader: which layout's file system, which files, which
 * program. Reads as little as it can; changes nothing.
 */
import { flashLayouts, layoutsFor, type FlashLayout } from '../contract/flash-layouts.ts';
import { flashModeOf, imageSegments, type FlashMode } from '../contract/firmware-image.ts';
import { mayHoldFileSystem } from '../littlefs/probe.ts';
import { readImage } from '../littlefs/reader.ts';
import type { LittleFsTree } from '../littlefs/types.ts';
import type { ChipFacts, FlashSession } from '../ports/bootloader.ts';
import type { Bytes } from '../shared/bytes.ts';
import { asAppError, type AppError } from '../shared/errors.ts';
import { cancelled, done, type Outcome, type RunOptions } from '../shared/outcome.ts';
import { looksLikeSpiffs } from '../sketch/spiffs.ts';
import { BoardReader } from './board-reader.ts';

export type FoundFileSystem =
  | {
      readonly kind: 'littlefs';
      readonly layout: FlashLayout;
      readonly files: readonly FoundFile[];
      /** Paths of all folders. */
      readonly folders: readonly string[];
    }
  /** LittleFS that no ESP8266 mounts: `error` says why. */
  | { readonly kind: 'damaged'; readonly layout: FlashLayout; readonly error: AppError }
  | { readonly kind: 'spiffs'; readonly layout: FlashLayout }
  | { readonly kind: 'none' };

export interface FoundFile {
  readonly path: string;
  readonly sizeBytes: number;
}

export type FoundProgram =
  | { readonly kind: 'program'; readonly flashMode: FlashMode | null; readonly segments: number }
  | { readonly kind: 'none' };

export interface BoardContents {
  readonly chip: ChipFacts;
  readonly fileSystem: FoundFileSystem;
  readonly program: FoundProgram;
}

const HEAD_BYTES = 1024;
const PROGRAM_HEAD_BYTES = 4096;
const SPIFFS_BLOCKS = 2;

/** Throws flash.*, serial.*. */
export async function probeBoard(
  session: FlashSession,
  options: RunOptions,
): Promise<Outcome<BoardContents>> {
  const fileSystem = await findFileSystem(session, options);
  if (fileSystem.kind === 'cancelled' || options.signal.aborted) return cancelled;
  const program = programIn(await session.read(0, PROGRAM_HEAD_BYTES, options));
  return done({ chip: session.chip, fileSystem: fileSystem.value, program });
}

/** Layouts whose file system could lie on this flash: those of its own size first. */
export function candidateLayouts(flashSizeBytes: number): FlashLayout[] {
  const smaller = flashLayouts.filter((layout) => layout.flashSizeBytes < flashSizeBytes);
  return [...layoutsFor(flashSizeBytes), ...smaller];
}

async function findFileSystem(session: FlashSession, options: RunOptions): Promise<Outcome<FoundFileSystem>> {
  const layouts = candidateLayouts(session.chip.flashSizeBytes ?? 0);
  let damaged: FoundFileSystem | null = null;
  for (const layout of layouts) {
    const found = await littlefsAt(session, layout, options);
    if (found.kind === 'cancelled') return cancelled;
    if (found.value?.kind === 'littlefs') return done(found.value);
    damaged ??= found.value;
  }
  if (damaged) return done(damaged);
  for (const layout of layoutsFor(session.chip.flashSizeBytes ?? 0)) {
    if (options.signal.aborted) return cancelled;
    const bytes = await session.read(layout.fsOffset, SPIFFS_BLOCKS * layout.blockSizeBytes, options);
    if (looksLikeSpiffs(bytes)) return done({ kind: 'spiffs', layout });
  }
  return done({ kind: 'none' });
}

async function littlefsAt(
  session: FlashSession,
  layout: FlashLayout,
  options: RunOptions,
): Promise<Outcome<FoundFileSystem | null>> {
  const reader = readerOf(session, layout, options);
  const heads = await reader.parse((source) =>
    [0, layout.blockSizeBytes].map((offset) => source.read(offset, HEAD_BYTES)),
  );
  if (heads.kind === 'cancelled') return cancelled;
  if (!mayHoldFileSystem(heads.value)) return done(null);
  try {
    const tree = await reader.parse((source) => readImage(source, layout));
    if (tree.kind === 'cancelled') return cancelled;
    return done({ kind: 'littlefs', layout, files: filesIn(tree.value), folders: foldersIn(tree.value) });
  } catch (thrown) {
    const error = asAppError(thrown);
    if (error.code === 'littlefs.absent') return done(null);
    if (error.code.startsWith('littlefs.')) return done({ kind: 'damaged', layout, error });
    throw thrown;
  }
}

const readerOf = (session: FlashSession, layout: FlashLayout, options: RunOptions): BoardReader =>
  new BoardReader(session, { offset: layout.fsOffset, sizeBytes: layout.fsSizeBytes }, options);

const filesIn = (tree: LittleFsTree): FoundFile[] =>
  tree.entries.flatMap((entry) =>
    entry.kind === 'file' ? [{ path: entry.path, sizeBytes: entry.sizeBytes }] : [],
  );

const foldersIn = (tree: LittleFsTree): string[] =>
  tree.entries.flatMap((entry) => (entry.kind === 'directory' ? [entry.path] : []));

/**
 * Contents by path, of all files or of those asked for; a path that is not there is left out. Throws littlefs.*, flash.*,
 * serial.*.
 */
export async function readFiles(
  session: FlashSession,
  job: { readonly layout: FlashLayout; readonly paths?: readonly string[] },
  options: RunOptions,
): Promise<Outcome<ReadonlyMap<string, Bytes>>> {
  return readerOf(session, job.layout, options).parse((source) => {
    const tree = readImage(source, job.layout);
    const found = new Map<string, Bytes>();
    for (const entry of tree.entries) {
      if (entry.kind !== 'file' || (job.paths && !job.paths.includes(entry.path))) continue;
      found.set(entry.path, entry.read());
    }
    return found;
  });
}

function programIn(head: Uint8Array): FoundProgram {
  if (head[0] !== 0xe9) return { kind: 'none' };
  try {
    return { kind: 'program', flashMode: flashModeOf(head), segments: imageSegments(head).length };
  } catch (thrown) {
    // A segment that is longer than what was read is what a program looks like.
    if (asAppError(thrown).code !== 'firmware.truncated') return { kind: 'none' };
    return { kind: 'program', flashMode: flashModeOf(head), segments: head[1] ?? 0 };
  }
}
