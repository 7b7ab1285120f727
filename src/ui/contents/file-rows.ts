/** The files of a board as rows to read: folders before what they hold, each file with its verdict where there is one. */
import type { BoardReport } from '../../workflows/board-report.ts';
import { isSecretPath } from '../../workflows/board-names.ts';
import type { FileVerdict } from '../../workflows/verify-files.ts';

export interface FileRow {
  readonly path: string;
  /** The last component, with "/" behind a folder's. */
  readonly name: string;
  /** 0 for what stands in the root. */
  readonly depth: number;
  readonly isFolder: boolean;
  readonly isSecret: boolean;
  /** Null for folders and for files that are not on the board. */
  readonly sizeBytes: number | null;
  readonly verdict: FileVerdict | null;
}

/** In the order of a tree. Verdicts first in the root, so that a missing file stands beside its slot. */
export function fileRows({ contents: { fileSystem }, verdicts }: BoardReport): FileRow[] {
  if (fileSystem.kind !== 'littlefs') return [];
  const files = verdicts ?? fileSystem.files;
  const verdictOf = new Map(verdicts?.map((verdict) => [verdict.path, verdict]));
  const rows = [
    ...fileSystem.folders.map((path) => rowOf(path, { isFolder: true, sizeBytes: null, verdict: null })),
    ...files.map(({ path, sizeBytes }) =>
      rowOf(path, { isFolder: false, sizeBytes, verdict: verdictOf.get(path) ?? null }),
    ),
  ];
  return rows.sort((a, b) => compareKeys(keyOf(a), keyOf(b)));
}

const rowOf = (path: string, rest: Pick<FileRow, 'isFolder' | 'sizeBytes' | 'verdict'>): FileRow => ({
  path,
  name: `${path.slice(path.lastIndexOf('/') + 1)}${rest.isFolder ? '/' : ''}`,
  depth: path.split('/').length - 2,
  isSecret: !rest.isFolder && isSecretPath(path),
  ...rest,
});

const keyOf = ({ path }: FileRow): string[] => path.slice(1).split('/');

function compareKeys(a: readonly string[], b: readonly string[]): number {
  for (const [i, name] of a.entries()) {
    const other = b[i];
    if (other === undefined) return 1;
    if (name !== other) return name < other ? -1 : 1;
  }
  return a.length - b.length;
}
