/**
 * Many boards, one after another or several at once: which device comes next, how far each board is. Pure: the caller
 * runs the jobs and tells how they go. Holds no secret.
 */
import type { FlashState } from '../flash/flash-state.ts';
import type { DeviceId } from '../project/entities.ts';
import type { ErrorCode } from '../shared/errors.ts';

export type BoardResult =
  | { readonly kind: 'running'; readonly state: FlashState | null }
  | {
      readonly kind: 'written';
      readonly writtenBytes: number;
      readonly elapsedMs: number;
      /** Unix time. */
      readonly atMs: number;
    }
  /** Part of it is on the board; null: cancelled, or the page was closed. */
  | { readonly kind: 'not-finished'; readonly code: ErrorCode | null }
  /** The board is as it was; null: cancelled. */
  | { readonly kind: 'stopped'; readonly code: ErrorCode | null };

/** One board on one port. `port` is whatever the caller knows a port by. */
export interface BoardJob<Port> {
  readonly id: number;
  /** Null: of a port that is not known any more. */
  readonly port: Port | null;
  readonly deviceId: DeviceId;
  /** SHA-256 of the device's certificate, lower-case hex. */
  readonly fingerprint: string;
  /** Of the board that this device was written to, in whole or in part; null before the first byte. */
  readonly macAddress: string | null;
  /** Unix time of the first try. */
  readonly startedAtMs: number;
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

/** Those that wait or have a board already are passed over: an identity is never there twice. */
export function addIdentities<Port>(
  boards: ManyBoards<Port>,
  identities: readonly Identity[],
): ManyBoards<Port> {
  const known = new Set([...boards.jobs, ...boards.waiting].map(({ deviceId }) => deviceId));
  const added = identities.filter(({ deviceId }) => !known.has(deviceId));
  return { ...boards, waiting: [...boards.waiting, ...added] };
}

/** The identity does not wait for a board any more; the device stays what it is. */
export const removeWaiting = <Port>(boards: ManyBoards<Port>, deviceId: DeviceId): ManyBoards<Port> => ({
  ...boards,
  waiting: boards.waiting.filter((identity) => identity.deviceId !== deviceId),
});

export type Started<Port> = { readonly boards: ManyBoards<Port>; readonly job: BoardJob<Port> };

/**
 * The next board on this port: what was not finished there goes on with the same identity, else the next one waiting is
 * taken, else what was begun on a port that is not known any more. Null while a job runs on the port, or when there is
 * none of these: then an identity has to be made (`addDevices`).
 */
export function startNext<Port>(boards: ManyBoards<Port>, port: Port, nowMs: number): Started<Port> | null {
  const last = lastOn(boards, port);
  if (last?.result.kind === 'running') return null;
  if (last && last.result.kind !== 'written') return running(boards, last, port);
  const [next, ...waiting] = boards.waiting;
  if (!next) {
    const [begun] = withoutPort(boards);
    return begun ? running(boards, begun, port) : null;
  }
  const job: BoardJob<Port> = {
    ...next,
    id: Math.max(0, ...boards.jobs.map(({ id }) => id)) + 1,
    port,
    macAddress: null,
    startedAtMs: nowMs,
    result: { kind: 'running', state: null },
  };
  return { boards: { jobs: [...boards.jobs, job], waiting }, job };
}

/** Begun, and not finished, on a port that is not known any more. */
export const withoutPort = <Port>({ jobs }: ManyBoards<Port>): readonly BoardJob<Port>[] =>
  jobs.filter(({ port, result }) => port === null && result.kind === 'not-finished');

export const lastOn = <Port>({ jobs }: ManyBoards<Port>, port: Port): BoardJob<Port> | null =>
  jobs.findLast((job) => job.port === port) ?? null;

/** The unfinished job that this board was begun with, other than `jobId`; null when there is none. */
export const begunOn = <Port>(
  { jobs }: ManyBoards<Port>,
  jobId: number,
  macAddress: string,
): BoardJob<Port> | null =>
  jobs.find(
    ({ id, macAddress: known, result }) =>
      id !== jobId && known === macAddress && result.kind === 'not-finished',
  ) ?? null;

/** The job goes on at this port, wherever it was begun. */
export function resumeOn<Port>(boards: ManyBoards<Port>, jobId: number, port: Port): Started<Port> | null {
  const job = boards.jobs.find(({ id }) => id === jobId);
  return job && job.result.kind !== 'running' ? running(boards, job, port) : null;
}

/** Moved to the end of the table's jobs of its port, so that it is the port's last. */
function running<Port>(boards: ManyBoards<Port>, old: BoardJob<Port>, port: Port): Started<Port> {
  const job: BoardJob<Port> = { ...old, port, result: { kind: 'running', state: null } };
  const others = boards.jobs.map((other) =>
    other.port === port && other.id !== job.id && isOpen(other) ? { ...other, port: null } : other,
  );
  return { boards: { ...boards, jobs: replaced(others, job) }, job };
}

const isOpen = ({ result }: BoardJob<unknown>): boolean =>
  result.kind === 'not-finished' || result.kind === 'stopped';

/** The identity goes to another board: it waits again, in front. A half-written board is given up with it. */
export function giveBack<Port>(boards: ManyBoards<Port>, jobId: number): ManyBoards<Port> {
  const job = boards.jobs.find(({ id }) => id === jobId);
  if (!job || !isOpen(job)) return boards;
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
  { state, atMs }: { readonly state: FlashState; readonly atMs: number },
): ManyBoards<Port> {
  const job = boards.jobs.find(({ id }) => id === jobId);
  if (!job) return boards;
  const macAddress = writtenMac(state) ?? job.macAddress;
  return {
    ...boards,
    jobs: replaced(boards.jobs, { ...job, macAddress, result: resultOf(job, state, atMs) }),
  };
}

/** Known to be this job's only when something was written to it. */
function writtenMac(state: FlashState): string | null {
  if (state.kind === 'done') return state.report.chip.macAddress;
  return state.kind === 'writing' ? state.board.chip.macAddress : null;
}

function resultOf(job: BoardJob<unknown>, state: FlashState, atMs: number): BoardResult {
  switch (state.kind) {
    case 'done': {
      const { writtenBytes, elapsedMs } = state.report;
      return { kind: 'written', writtenBytes, elapsedMs, atMs };
    }
    case 'not-finished':
      return { kind: 'not-finished', code: state.error?.code ?? null };
    case 'stopped':
    case 'wrong-board':
    case 'flash-too-small': {
      // An earlier try left something on it.
      const kind = job.macAddress === null ? 'stopped' : 'not-finished';
      return { kind, code: state.error?.code ?? null };
    }
    default:
      return { kind: 'running', state };
  }
}

const replaced = <Port>(jobs: readonly BoardJob<Port>[], job: BoardJob<Port>): BoardJob<Port>[] =>
  jobs.map((other) => (other.id === job.id ? job : other));
