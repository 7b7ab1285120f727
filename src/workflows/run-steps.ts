/** Steps of a workflow that nothing but its end makes visible: told as progress, stopped between two of them. */
import type { Clock } from '../shared/clock.ts';
import { AppError } from '../shared/errors.ts';
import type { RunOptions } from '../shared/outcome.ts';

export interface Steps {
  /** Tells of the next step; false when the run was cancelled. Throws project.timed-out. */
  begin(phase: string): boolean;
}

export function startSteps(clock: Clock, options: RunOptions, total: number): Steps {
  const startedAtMs = clock.monotonicMs();
  let done = 0;
  return {
    begin(phase) {
      if (options.signal.aborted) return false;
      if (clock.monotonicMs() - startedAtMs > options.timeoutMs) {
        throw new AppError('project.timed-out', { details: { timeoutMs: options.timeoutMs } });
      }
      options.onProgress?.({ phase, done, total, unit: 'steps' });
      done++;
      return true;
    },
  };
}
