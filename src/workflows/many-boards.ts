/**
 * Many boards, one after another or several at once: which device comes next, how far each board is, and the table of
 * what was written. Pure: the caller runs the jobs and tells how they go. Holds no secret.
 */
import type { FlashReport, FlashState } from '../flash/flash-state.ts';
import type { DeviceId } from '../project/entities.ts';
import type { ErrorCode } from '../shared/errors.ts';

export type BoardResult =
  | { readonly kind: 'running'; readonly state: FlashState | null }
  | { readonly kind: 'written'; readonly report: FlashReport }
  | { readonly kind: 'not-finished'; readonly code: ErrorCode | null }
  | { readonly kind: 'stopped'; readonly code: ErrorCode | null };

/** One board on one port. `port` is whatever the caller knows a granted port by. */
export interface BoardJob<Port> {
  readonly id: number;
  readonly port: Port;
  readonly deviceId: DeviceId;
  /** SHA-256 of the device's certificate, lower-case hex. */
  readonly fingerprint: string;
  readonly result: BoardResult;
}

/** A device that no board has yet. */
export interface Identity {
  readonly deviceId: DeviceId;
  readonly fingerprint: string;
}

export interface ManyBoards<Port> {
  readonly jobs: readonly BoardJob<Port>[];
  /** Identities that are made and wait for a board, first come first served. */
  readonly waiting: readonly Identity[];
}

export const noBoards = { jobs: [], waiting: [] } as const satisfies ManyBoards<never>;

export const addIdentities = <Port>(
  boards: ManyBoards<Port>,
  identities: readonly Identity[],
): ManyBoards<Port> => ({ ...boards, waiting: [...boards.waiting, ...identities] });

export type Started<Port> = { readonly boards: ManyBoards<Port>; readonly job: BoardJob<Port> };

/**
 * The next board on this port: what was not finished there goes on with the same identity, else the next one waiting is
 * taken. Null while a job runs on the port, or when no identity waits: then one has to be made (`addDevice`).
 */
export function startNext<Port>(boards: ManyBoards<Port>, port: Port): Started<Port> | null {
  const last = boards.jobs.findLast((job) => job.port === port);
  if (last?.result.kind === 'running') return null;
  const resumes = last && last.result.kind !== 'written' ? last : null;
  const [next, ...waiting] = boards.waiting;
  const identity = resumes ?? next;
  if (!identity) return null;
  const job: BoardJob<Port> = {
    id: resumes?.id ?? Math.max(0, ...boards.jobs.map(({ id }) => id)) + 1,
    port,
    deviceId: identity.deviceId,
    fingerprint: identity.fingerprint,
    result: { kind: 'running', state: null },
  };
  if (resumes) return { boards: { ...boards, jobs: replaced(boards.jobs, job) }, job };
  return { boards: { jobs: [...boards.jobs, job], waiting }, job };
}

/** The identity of a board that was never touched goes to another: it waits again, in front. */
export function giveBack<Port>(boards: ManyBoards<Port>, jobId: number): ManyBoards<Port> {
  const job = boards.jobs.find(({ id }) => id === jobId);
  if (job?.result.kind !== 'stopped') return boards;
  const { deviceId, fingerprint } = job;
  return {
    jobs: boards.jobs.filter(({ id }) => id !== jobId),
    waiting: [{ deviceId, fingerprint }, ...boards.waiting],
  };
}

/** What `onState` of the job on this board said last. */
export function withState<Port>(
  boards: ManyBoards<Port>,
  jobId: number,
  state: FlashState,
): ManyBoards<Port> {
  const job = boards.jobs.find(({ id }) => id === jobId);
  if (!job) return boards;
  return { ...boards, jobs: replaced(boards.jobs, { ...job, result: resultOf(state) }) };
}

function resultOf(state: FlashState): BoardResult {
  switch (state.kind) {
    case 'done':
      return { kind: 'written', report: state.report };
    case 'not-finished':
      return { kind: 'not-finished', code: state.error?.code ?? null };
    case 'stopped':
    case 'wrong-board':
    case 'flash-too-small':
      return { kind: 'stopped', code: state.error?.code ?? null };
    default:
      return { kind: 'running', state };
  }
}

const replaced = <Port>(jobs: readonly BoardJob<Port>[], job: BoardJob<Port>): BoardJob<Port>[] =>
  jobs.map((other) => (other.id === job.id ? job : other));

const columns = [
  'board',
  'mac',
  'device',
  'certificate_sha256',
  'result',
  'error',
  'written_bytes',
  'seconds',
];

/** RFC 4180, one row a board, for a spreadsheet or a label printer. */
export function boardsCsv({ jobs }: ManyBoards<unknown>): string {
  const rows = jobs.map(({ id, deviceId, fingerprint, result }) => {
    const report = result.kind === 'written' ? result.report : null;
    const code = 'code' in result ? (result.code ?? '') : '';
    const mac = report?.chip.macAddress ?? '';
    const seconds = report ? (report.elapsedMs / 1000).toFixed(1) : '';
    return [
      String(id),
      mac,
      deviceId,
      fingerprint,
      result.kind,
      code,
      String(report?.writtenBytes ?? ''),
      seconds,
    ];
  });
  return [columns, ...rows].map((row) => `${row.map(csvField).join(',')}\r\n`).join('');
}

/** A spreadsheet takes a leading =, +, - or @ for a formula. */
function csvField(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
