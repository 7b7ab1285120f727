/** Which of Trust's forms is open, and about what. One at a time. */
import type { ImportedCredential } from '../../pki/import/pairing.ts';
import type { AuthorityRole } from '../../project/entities.ts';
import type { ListedCertificate } from '../../workflows/list-certificates.ts';

export type TrustForm =
  | { readonly kind: 'certificate' | 'request' | 'hosts' }
  | { readonly kind: 'authority'; readonly scope: AuthorityRole | 'all' }
  | { readonly kind: 'adopt'; readonly authority: ImportedCredential; readonly onadopted: () => void }
  | { readonly kind: 'renew' | 'revoke' | 'stop'; readonly item: ListedCertificate };

export class TrustView {
  form = $state.raw<TrustForm | null>(null);
  /** What the last form did, and what follows from it. */
  news = $state.raw<string | null>(null);

  open(form: TrustForm): void {
    this.news = null;
    this.form = form;
  }

  close(news: string | null = null): void {
    this.form = null;
    this.news = news;
  }
}
