/** What is chosen for the authorities of a new project. Kept in memory only: an own one has its key with it. */
import type { ImportedCredential } from '../../pki/import/pairing.ts';
import type { KeyAlgorithm } from '../../project/entities.ts';
import type { AuthoritiesForm } from '../../workflows/project-form.ts';
import { emptySubject } from '../trust/subject-draft.ts';
import { wholeNumber } from '../trust/trust-words.ts';

export const kindOptions = [
  { value: 'three', text: 'Three, with one job each' },
  { value: 'one', text: 'One for all jobs (classic)' },
  { value: 'own', text: 'One of my own, for all jobs' },
] as const;

export class AuthoritiesDraft {
  kind = $state<string>('three');
  algorithm = $state<string>('p256');
  days = $state('3650');
  subject = $state(emptySubject());
  own = $state.raw<ImportedCredential | null>(null);

  /** Of three where an own one is missing: {@link isReady} tells. */
  toForm(): AuthoritiesForm {
    if (this.kind === 'own' && this.own) {
      const { certificate, pkcs8 } = this.own;
      return { kind: 'own', certificateDer: certificate.der, pkcs8 };
    }
    return {
      kind: this.kind === 'one' ? 'one' : 'three',
      algorithm: this.algorithm as KeyAlgorithm,
      days: wholeNumber(this.days),
      subject: { ...this.subject },
    };
  }

  get isReady(): boolean {
    return this.kind !== 'own' || this.own !== null;
  }
}
