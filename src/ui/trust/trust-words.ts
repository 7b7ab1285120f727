/** What trust is called on the screen: states, reasons, kinds of keys. A table. */
import type { KeyAlgorithm, RevocationReason } from '../../project/entities.ts';
import type { AdoptionWarning } from '../../workflows/trust/adopt-authority.ts';
import type { Standing } from '../../workflows/trust/standing.ts';
import type { Tone } from '../primitives/tone.ts';

interface Look {
  readonly tone: Tone;
  readonly word: string;
}

const looks: Readonly<Record<Exclude<Standing['kind'], 'expires'>, Look>> = {
  made: { tone: 'info', word: 'Made' },
  written: { tone: 'info', word: 'Written, not yet seen' },
  'in-use': { tone: 'ok', word: 'In use' },
  valid: { tone: 'ok', word: 'Good' },
  replaced: { tone: 'muted', word: 'Replaced' },
  revoked: { tone: 'bad', word: 'Revoked' },
  expired: { tone: 'bad', word: 'Expired' },
  'not-yet-valid': { tone: 'bad', word: 'Not yet valid' },
};

export function standingLook(standing: Standing): Look {
  if (standing.kind !== 'expires') return looks[standing.kind];
  const { days } = standing;
  return {
    tone: 'warn',
    word: days === 0 ? 'Expires today' : `Expires in ${days} ${days === 1 ? 'day' : 'days'}`,
  };
}

export const dayText = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

export const reasonOptions: readonly { value: RevocationReason; text: string }[] = [
  { value: 'keyCompromise', text: 'Somebody else may have the key' },
  { value: 'cessationOfOperation', text: 'It is not used any more' },
  { value: 'superseded', text: 'A newer one is in its place' },
  { value: 'affiliationChanged', text: 'It belongs to somebody else now' },
  { value: 'unspecified', text: 'No reason given' },
];

export const keyOptions: readonly { value: KeyAlgorithm; text: string }[] = [
  { value: 'p256', text: 'P-256: small and quick on every device' },
  { value: 'p384', text: 'P-384: stronger, several times slower on a device' },
  { value: 'rsa2048', text: 'RSA 2048: for old programs' },
  { value: 'rsa3072', text: 'RSA 3072: slow on a device' },
  { value: 'rsa4096', text: 'RSA 4096: may not fit into a device' },
];

export const adoptionWords: Readonly<Record<AdoptionWarning, string>> = {
  'version-1': 'It is an X.509 v1 certificate, without CA:TRUE. Devices (BearSSL) refuse it as an authority.',
  'no-constraints': 'It has no name constraints: a browser that trusts it believes it about every site.',
  'weak-digest':
    'It signed itself with SHA-1 or MD5. That harms nothing where it is trusted as a file, but scanners will complain.',
  'ends-soon':
    'It ends within 825 days, and so does all that it signs. Renew it with its own key afterwards.',
  'no-revocation': 'It may sign no revocation list: nothing that it signed can be revoked.',
  constrained: 'Its name constraints are critical: an ESP32 (mbedTLS) cannot read it.',
  'not-critical': 'Its CA:TRUE is not marked critical, as in the workshops. Strict verifiers complain.',
};

/** A whole number from a field, NaN for anything else. */
export const wholeNumber = (text: string): number => (/^\d{1,6}$/.test(text.trim()) ? Number(text) : NaN);

/** What stands on the lines of a text field, or between commas. */
export const listOf = (text: string): string[] =>
  text
    .split(/[\n,]/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
