/** Web Serial's exceptions as AppErrors, and which of them are no errors at all. */
import { AppError } from '../../shared/errors.ts';

const recoverable = new Set(['BufferOverrunError', 'FramingError', 'BreakError', 'ParityError']);

const nameOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.name : '');

/** The line hiccupped, the port lives: a new reader goes on. */
export const isRecoverableLineError = (thrown: unknown): boolean => recoverable.has(nameOf(thrown));

/** The person closed the picker. */
export const isPickerClosed = (thrown: unknown): boolean => nameOf(thrown) === 'NotFoundError';

/** A failed `open` as serial.port-busy, serial.already-open or serial.failed. */
export function openError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const name = nameOf(thrown);
  if (name === 'NetworkError') return new AppError('serial.port-busy', { cause: thrown });
  if (name === 'InvalidStateError') return new AppError('serial.already-open', { cause: thrown });
  return serialError(thrown);
}

/** A failed read, write or signal change: serial.gone when the device went away, else serial.failed. */
export function serialError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const name = nameOf(thrown);
  if (name === 'NetworkError') return new AppError('serial.gone', { cause: thrown });
  return new AppError('serial.failed', { cause: thrown, details: { why: name || 'unknown error' } });
}
