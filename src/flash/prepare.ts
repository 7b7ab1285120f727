/** Heavy work before a byte is sent: digests and deflating, through the JobRunner. Knows no chip. */
import type { WireRegion } from '../ports/bootloader.ts';
import type { JobRunner } from '../ports/jobs.ts';
import { cancelled, done, type Outcome } from '../shared/outcome.ts';
import type { FlashRegion } from './flash-request.ts';

const JOB_TIMEOUT_MS = 30_000;

/** Lower-case hex MD5 of each region, in order. */
export async function wantedMd5s(
  regions: readonly FlashRegion[],
  jobs: JobRunner,
  signal: AbortSignal,
): Promise<Outcome<string[]>> {
  const md5s: string[] = [];
  for (const { bytes } of regions) {
    const outcome = await jobs.run('md5', { bytes }, { signal, timeoutMs: JOB_TIMEOUT_MS });
    if (outcome.kind === 'cancelled') return cancelled;
    md5s.push(outcome.value.hex);
  }
  return done(md5s);
}

/** Deflates one region ahead of the one being written. */
export class DeflateAhead {
  readonly #regions: readonly FlashRegion[];
  readonly #jobs: JobRunner;
  readonly #signal: AbortSignal;
  readonly #started = new Map<number, Promise<Outcome<WireRegion>>>();

  constructor(regions: readonly FlashRegion[], jobs: JobRunner, signal: AbortSignal) {
    this.#regions = regions;
    this.#jobs = jobs;
    this.#signal = signal;
  }

  /** The region of that index; the next one is begun meanwhile. */
  take(index: number): Promise<Outcome<WireRegion>> {
    const wanted = this.#start(index);
    if (index + 1 < this.#regions.length) {
      // Its failure is told when it is taken.
      this.#start(index + 1).catch(() => undefined);
    }
    return wanted;
  }

  #start(index: number): Promise<Outcome<WireRegion>> {
    const known = this.#started.get(index);
    if (known) return known;
    const begun = this.#deflate(index);
    this.#started.set(index, begun);
    return begun;
  }

  async #deflate(index: number): Promise<Outcome<WireRegion>> {
    const region = this.#regions[index];
    if (!region) throw new RangeError('no such region');
    const { bytes, offset } = region;
    const outcome = await this.#jobs.run(
      'deflate',
      { bytes },
      { signal: this.#signal, timeoutMs: JOB_TIMEOUT_MS },
    );
    if (outcome.kind === 'cancelled') return cancelled;
    const { deflated } = outcome.value;
    // The stub programs plain blocks as they come, but of a deflated stream up to 32 KB only at its end.
    const isSmaller = deflated.length < bytes.length;
    const wire = isSmaller
      ? ({ encoding: 'deflated', payload: deflated } as const)
      : ({ encoding: 'plain', payload: bytes } as const);
    return done({ offset, sizeBytes: bytes.length, ...wire });
  }
}
