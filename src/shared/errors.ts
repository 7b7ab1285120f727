/**
 * The one error class. `code` is documented in error-texts.ts, where each code has the cause and the remedy that
 * people read. `details` never holds keys, passwords or PEM.
 */
import { errorTexts } from './error-texts.ts';

export type ErrorCode = keyof typeof errorTexts;
export type ErrorDetails = Readonly<Record<string, string | number | boolean>>;

export class AppError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, options: { details?: ErrorDetails; cause?: unknown } = {}) {
    super(fillIn(errorTexts[code].message, options.details ?? {}), { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.details = options.details ?? {};
  }

  /** What the person can do next. */
  get remedy(): string {
    return fillIn(errorTexts[this.code].remedy, this.details);
  }
}

function fillIn(text: string, details: ErrorDetails): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(details[name] ?? whole));
}

/** Any thrown value as an AppError; foreign ones become `internal` with the original as cause. */
export function asAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  return new AppError('internal', {
    cause: thrown,
    details: { what: thrown instanceof Error ? thrown.name : 'unknown' },
  });
}
