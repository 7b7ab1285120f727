/** The password of an encrypted export. Keeps and repeats none. */
import { AppError } from '../../shared/errors.ts';
import { judgePassphrase } from '../../vault/passphrase-strength.ts';

export interface ExportPassword {
  readonly password: string;
  readonly repeated: string;
  /** A classic authority's files may have the tutorials' passwords: a warning then, no refusal. */
  readonly isClassic: boolean;
  /** Names that an attacker would try first: project, device, host. */
  readonly personalWords: readonly string[];
}

/**
 * Null when it is good; for a classic authority the warning in words.
 * Throws pki.export-passwords-differ, pki.export-password-weak.
 */
export function checkExportPassword(given: ExportPassword): string | null {
  const { password, repeated, isClassic, personalWords } = given;
  if (password !== repeated) throw new AppError('pki.export-passwords-differ');
  const verdict = judgePassphrase(password, personalWords);
  if (verdict.kind === 'strong') return null;
  // Even the tutorials have one, and openssl asks for four characters.
  if (!isClassic || password.length < 4)
    throw new AppError('pki.export-password-weak', { details: { why: verdict.why } });
  return `This password is weak (${verdict.why}). Keep the file where nobody else reads it.`;
}
