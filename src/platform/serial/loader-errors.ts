/** esptool-js's failures as AppErrors, translated once, with the step in which they happened. */
import { AppError } from '../../shared/errors.ts';
import { NoReply } from './link-transport.ts';

/** Runs a step of the boot loader. @throws AppError flash.timed-out, flash.command-failed, serial.* */
export async function loaderStep<T>(step: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (thrown) {
    throw loaderError(step, thrown);
  }
}

export function loaderError(step: string, thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  if (thrown instanceof NoReply) {
    return new AppError('flash.timed-out', {
      cause: thrown,
      details: { step, waitedS: thrown.waitedMs / 1000 },
    });
  }
  const why = thrown instanceof Error ? thrown.message : 'unknown error';
  return new AppError('flash.command-failed', { cause: thrown, details: { step, why } });
}

/** The port itself failed: no other reset sequence or baud rate helps. */
export const isPortError = (thrown: unknown): boolean =>
  thrown instanceof AppError && thrown.code.startsWith('serial.');
