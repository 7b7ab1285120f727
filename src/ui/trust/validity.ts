/** A certificate's validity in the words of the screens. */
import type { CertificateRecord } from '../../project/entities.ts';
import type { Tone } from '../primitives/tone.ts';

const dayMs = 86_400_000;
const warnDays = 60;

export function validity(certificate: CertificateRecord, nowMs: number): { tone: Tone; word: string } {
  const days = Math.floor((certificate.notAfterMs - nowMs) / dayMs);
  if (nowMs < certificate.notBeforeMs) return { tone: 'bad', word: 'Not yet valid' };
  if (days < 0) return { tone: 'bad', word: 'Expired' };
  if (days < warnDays) return { tone: 'warn', word: `Expires in ${days} days` };
  return { tone: 'ok', word: `Until ${new Date(certificate.notAfterMs).toISOString().slice(0, 10)}` };
}
