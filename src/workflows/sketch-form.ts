/** An own sketch's files as a form shows them: each with its size and what is wrong with it, and how full it all gets. */
import type { FlashLayout } from '../contract/flash-layouts.ts';
import type { SparseImage } from '../littlefs/types.ts';
import { AppError, asAppError } from '../shared/errors.ts';
import { entryProblems } from '../sketch/entry-checks.ts';
import type { SketchEntry } from '../sketch/material.ts';
import { looksLikeSpiffs } from '../sketch/spiffs.ts';
import { sketchImage } from './sketch-files.ts';

export interface FormRow {
  readonly path: string;
  /** Null: a folder. */
  readonly sizeBytes: number | null;
  readonly isSecret: boolean;
  readonly problem: AppError | null;
}

export interface Fullness {
  /** Whole blocks, the file system's own ones among them. */
  readonly usedBytes: number;
  readonly sizeBytes: number;
  /** sketch.too-large, when the files together do not fit. */
  readonly problem: AppError | null;
}

export interface SketchForm {
  /** In the order of the entries. */
  readonly rows: readonly FormRow[];
  /** Null while a row has a problem: there is nothing to measure. */
  readonly fullness: Fullness | null;
  readonly isUsable: boolean;
}

/** Judges everything at once; nothing is thrown. */
export function judgeSketchForm(layout: FlashLayout, entries: readonly SketchEntry[]): SketchForm {
  const names = entryProblems(entries);
  const rows = entries.map((entry, i): FormRow => ({
    path: entry.path,
    sizeBytes: entry.content?.length ?? null,
    isSecret: entry.content !== null && entry.isSecret,
    problem: names[i] ?? contentProblem(layout, entry),
  }));
  const hasProblem = rows.some(({ problem }) => problem !== null);
  const fullness = hasProblem ? null : fullnessOf(layout, entries);
  return { rows, fullness, isUsable: fullness !== null && fullness.problem === null };
}

function contentProblem(layout: FlashLayout, { path, content }: SketchEntry): AppError | null {
  if (content === null) return null;
  return looksLikeSpiffs(content)
    ? new AppError('sketch.spiffs-image')
    : sizeProblem(layout, { path, sizeBytes: content.length });
}

/** Null, or sketch.file-too-large for a file that could not fit even alone. */
export function sizeProblem(
  { name, fsSizeBytes }: FlashLayout,
  { path, sizeBytes }: { readonly path: string; readonly sizeBytes: number },
): AppError | null {
  if (sizeBytes <= fsSizeBytes) return null;
  return new AppError('sketch.file-too-large', {
    details: { path, foundBytes: sizeBytes, layout: name, availableBytes: fsSizeBytes },
  });
}

function fullnessOf(layout: FlashLayout, entries: readonly SketchEntry[]): Fullness {
  const { fsSizeBytes: sizeBytes } = layout;
  try {
    return { sizeBytes, usedBytes: usedBytes(sketchImage(layout, entries)), problem: null };
  } catch (thrown) {
    const problem = asAppError(thrown);
    const needed = problem.details['neededBytes'];
    return { sizeBytes, usedBytes: typeof needed === 'number' ? needed : sizeBytes, problem };
  }
}

function usedBytes({ geometry, runs }: SparseImage): number {
  const { blockSizeBytes } = geometry;
  const blocks = new Set<number>();
  for (const { offset, bytes } of runs) {
    for (let at = offset; at < offset + bytes.length; at += sectorBytes)
      blocks.add(Math.floor(at / blockSizeBytes));
  }
  return blocks.size * blockSizeBytes;
}

const sectorBytes = 4096;
