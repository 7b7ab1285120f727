/** The job runners: in place, and over workers (Node's worker threads stand in for the browser's Worker). */
import { createHash } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import { Worker as Thread } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { InPlaceJobs } from '../../src/platform/workers/in-place-jobs.ts';
import { jobTable } from '../../src/platform/workers/job-table.ts';
import { WorkerJobs } from '../../src/platform/workers/worker-jobs.ts';
import type { WorkerPort } from '../../src/platform/workers/worker-pool.ts';
import type { JobRunner } from '../../src/ports/jobs.ts';
import { AppError } from '../../src/shared/errors.ts';
import type { RunOptions } from '../../src/shared/outcome.ts';

const patient = (signal = new AbortController().signal): RunOptions => ({ signal, timeoutMs: 20_000 });

/**
 * A thread with the worker's manners: it answers `md5` after counting to a number found in the input, so that a test
 * can make a job as long as it likes. 255 means for ever, 254 crash.
 */
class ThreadWorker implements WorkerPort {
  static alive = 0;
  static started = 0;
  onmessage: WorkerPort['onmessage'] = null;
  onerror: WorkerPort['onerror'] = null;
  onmessageerror: WorkerPort['onmessageerror'] = null;
  readonly #thread: Thread;

  constructor() {
    ThreadWorker.alive += 1;
    ThreadWorker.started += 1;
    this.#thread = new Thread(
      `const { parentPort } = require('node:worker_threads');
       const { createHash } = require('node:crypto');
       parentPort.on('message', ({ job, input }) => {
         if (input.bytes[0] === 255) for (;;);
         if (input.bytes[0] === 254) throw new Error('crashed on purpose');
         if (input.bytes[0] === 253) return parentPort.postMessage({ kind: 'failed', why: 'no such luck' });
         parentPort.postMessage({ kind: 'done', output: { hex: createHash('md5').update(input.bytes).digest('hex') } });
       });`,
      { eval: true },
    );
    this.#thread.on('message', (data: unknown) => this.onmessage?.({ data } as MessageEvent));
    this.#thread.on('error', (error) => this.onerror?.({ message: error.message } as ErrorEvent));
  }

  postMessage(message: unknown): void {
    this.#thread.postMessage(message);
  }

  terminate(): void {
    ThreadWorker.alive -= 1;
    void this.#thread.terminate();
  }
}

const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');
const forEver = Uint8Array.of(255);

async function failureOf(action: Promise<unknown>): Promise<AppError> {
  try {
    await action;
  } catch (thrown) {
    if (thrown instanceof AppError) return thrown;
    throw thrown;
  }
  throw new Error('it did not fail');
}

describe('the jobs', () => {
  it('deflate into a zlib stream that zlib reads', () => {
    const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => (i * i) >> 7);
    const { deflated } = jobTable.deflate({ bytes });
    expect(new Uint8Array(inflateSync(deflated))).toEqual(bytes);
    expect(deflated.length).toBeLessThan(bytes.length);
  });

  it('run in place, and not at all once cancelled', async () => {
    const jobs: JobRunner = new InPlaceJobs();
    const bytes = Uint8Array.of(1, 2, 3);
    expect(await jobs.run('md5', { bytes }, patient())).toEqual({ kind: 'done', value: { hex: md5(bytes) } });
    expect(await jobs.run('md5', { bytes }, patient(AbortSignal.abort()))).toEqual({ kind: 'cancelled' });
  });
});

describe('jobs in workers', () => {
  it('run side by side in two workers, the rest in turn, and keep the workers', async () => {
    ThreadWorker.started = 0;
    const jobs = new WorkerJobs(() => new ThreadWorker());
    const inputs = Array.from({ length: 7 }, (_, i) => Uint8Array.of(i, i, i));
    const results = await Promise.all(inputs.map((bytes) => jobs.run('md5', { bytes }, patient())));
    expect(results).toEqual(inputs.map((bytes) => ({ kind: 'done', value: { hex: md5(bytes) } })));
    expect(ThreadWorker.started).toBe(2);
  });

  it('end at once when cancelled, even in the middle of a loop, and others go on', async () => {
    const jobs = new WorkerJobs(() => new ThreadWorker());
    const stop = new AbortController();
    const stuck = [1, 2].map(() => jobs.run('md5', { bytes: forEver }, patient(stop.signal)));
    const waiting = jobs.run('md5', { bytes: Uint8Array.of(7) }, patient());
    await new Promise((resolve) => setImmediate(resolve));
    const alive = ThreadWorker.alive;
    stop.abort();
    expect(await Promise.all(stuck)).toEqual([{ kind: 'cancelled' }, { kind: 'cancelled' }]);
    expect(await waiting).toEqual({ kind: 'done', value: { hex: md5(Uint8Array.of(7)) } });
    expect(ThreadWorker.alive).toBe(alive - 1);
  });

  it('are not begun when they are cancelled in the moment they are handed a worker', async () => {
    const jobs = new WorkerJobs(() => new ThreadWorker());
    const stop = new AbortController();
    const stuck = jobs.run('md5', { bytes: forEver }, patient(stop.signal));
    stop.abort();
    expect(await stuck).toEqual({ kind: 'cancelled' });
  });

  it('leave the queue when cancelled before their turn', async () => {
    const jobs = new WorkerJobs(() => new ThreadWorker());
    const stop = new AbortController();
    const stopWaiting = new AbortController();
    const stuck = [1, 2].map(() => jobs.run('md5', { bytes: forEver }, patient(stop.signal)));
    const waiting = jobs.run('md5', { bytes: Uint8Array.of(7) }, patient(stopWaiting.signal));
    stopWaiting.abort();
    expect(await waiting).toEqual({ kind: 'cancelled' });
    stop.abort();
    await Promise.all(stuck);
  });

  it('fail in words when they take too long, crash, or say why', async () => {
    const jobs = new WorkerJobs(() => new ThreadWorker());
    const late = await failureOf(jobs.run('md5', { bytes: forEver }, { ...patient(), timeoutMs: 50 }));
    expect(late).toMatchObject({ code: 'jobs.failed', details: { why: 'no result within 50 ms' } });
    const crashed = await failureOf(jobs.run('md5', { bytes: Uint8Array.of(254) }, patient()));
    expect(crashed).toMatchObject({ code: 'jobs.failed', details: { why: 'crashed on purpose' } });
    const failed = await failureOf(jobs.run('md5', { bytes: Uint8Array.of(253) }, patient()));
    expect(failed).toMatchObject({ code: 'jobs.failed', details: { why: 'no such luck' } });
    expect(await jobs.run('md5', { bytes: Uint8Array.of(1) }, patient())).toMatchObject({ kind: 'done' });
  });
});
