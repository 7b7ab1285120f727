/** The table of many boards: for a spreadsheet, for the next visit of the page, and its figures. Pure; no secrets. */
import { csvLine } from '../shared/csv.ts';
import { errorTexts } from '../shared/error-texts.ts';
import type { BoardJob, BoardResult, Identity, ManyBoards } from './many-boards.ts';

const columns = [
  'board',
  'mac',
  'device',
  'certificate_sha256',
  'result',
  'error',
  'written_bytes',
  'seconds',
  'finished_utc',
];

/** RFC 4180, one row a board, for a spreadsheet or a label printer. */
export function boardsCsv({ jobs }: ManyBoards<unknown>): string {
  return [columns, ...jobs.map(rowOf)].map(csvLine).join('');
}

function rowOf({ id, macAddress, deviceId, fingerprint, result }: BoardJob<unknown>): string[] {
  const written = result.kind === 'written' ? result : null;
  return [
    String(id),
    macAddress ?? '',
    deviceId,
    fingerprint,
    result.kind,
    'code' in result ? (result.code ?? '') : '',
    String(written?.writtenBytes ?? ''),
    written ? (written.elapsedMs / 1000).toFixed(1) : '',
    written ? new Date(written.atMs).toISOString() : '',
  ];
}

const rateWindowMs = 3_600_000;

/** At the pace of the last hour of work; null before two boards are written. */
export function boardsPerHour({ jobs }: ManyBoards<unknown>): number | null {
  const times = jobs.flatMap(({ startedAtMs, result }) =>
    result.kind === 'written' ? [{ startedAtMs, endedAtMs: result.atMs }] : [],
  );
  const lastMs = Math.max(...times.map(({ endedAtMs }) => endedAtMs));
  const recent = times.filter(({ endedAtMs }) => lastMs - endedAtMs < rateWindowMs);
  const firstMs = Math.min(...recent.map(({ startedAtMs }) => startedAtMs));
  if (recent.length < 2 || lastMs <= firstMs) return null;
  return Math.round((recent.length * 3_600_000) / (lastMs - firstMs));
}

/** Text that {@link restoredBoards} reads. Ports end with the page, and so does what was running. */
export const storedBoards = ({ jobs, waiting }: ManyBoards<unknown>): string =>
  JSON.stringify({
    version: 1,
    waiting,
    jobs: jobs.map((job) => ({ ...job, port: null, result: ended(job) })),
  });

/** A job of which nothing had reached its board counts as stopped. */
function ended({ result, macAddress }: BoardJob<unknown>): BoardResult {
  if (result.kind !== 'running') return result;
  return { kind: macAddress === null ? 'stopped' : 'not-finished', code: null };
}

/** Null for text that is not of {@link storedBoards}. Identities of which no board has a part wait again, in front. */
export function restoredBoards(text: string): ManyBoards<never> | null {
  try {
    const value = JSON.parse(text) as { version?: unknown; jobs?: unknown; waiting?: unknown };
    if (value.version !== 1 || !isListOf(value.jobs, isJob) || !isListOf(value.waiting, isIdentity))
      return null;
    const untouched = value.jobs.filter(({ result }) => result.kind === 'stopped');
    return {
      jobs: value.jobs.filter(({ result }) => result.kind !== 'stopped'),
      waiting: [
        ...untouched.map(({ deviceId, fingerprint }) => ({ deviceId, fingerprint })),
        ...value.waiting,
      ],
    };
  } catch {
    return null;
  }
}

const isListOf = <T>(value: unknown, isOne: (one: unknown) => one is T): value is T[] =>
  Array.isArray(value) && value.every(isOne);

function isIdentity(value: unknown): value is Identity {
  const { deviceId, fingerprint } = (value ?? {}) as Partial<Record<keyof Identity, unknown>>;
  return typeof deviceId === 'string' && typeof fingerprint === 'string';
}

function isJob(value: unknown): value is BoardJob<never> {
  if (!isIdentity(value)) return false;
  const { id, macAddress, startedAtMs, result } = value as Partial<Record<keyof BoardJob<never>, unknown>>;
  const isKnownBoard = macAddress === null || typeof macAddress === 'string';
  return typeof id === 'number' && isKnownBoard && typeof startedAtMs === 'number' && isResult(result);
}

function isResult(value: unknown): value is BoardResult {
  const result = (value ?? {}) as { readonly [name: string]: unknown };
  if (result['kind'] === 'written')
    return ['writtenBytes', 'elapsedMs', 'atMs'].every((name) => typeof result[name] === 'number');
  const { code } = result;
  const isCode = code === null || (typeof code === 'string' && Object.hasOwn(errorTexts, code));
  return isCode && (result['kind'] === 'not-finished' || result['kind'] === 'stopped');
}
