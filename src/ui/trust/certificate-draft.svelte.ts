/** What is typed into the form for a new certificate, and the form that workflows take. Makes nothing. */
import type { ClientAccess } from '../../project/access.ts';
import type { KeyAlgorithm } from '../../project/entities.ts';
import type { ShownRequest } from '../../workflows/trust/read-request.ts';
import type { CertificateForm, CertificateKind } from '../../workflows/trust/certificate-form.ts';
import { emptySubject } from './subject-draft.ts';
import { listOf, wholeNumber } from './trust-words.ts';

export const kindOptions: readonly { value: CertificateKind; text: string }[] = [
  { value: 'device', text: 'A device' },
  { value: 'nodered', text: 'Node-RED' },
  { value: 'homeassistant', text: 'Home Assistant' },
  { value: 'dashboard', text: 'A dashboard on the device port' },
  { value: 'custom', text: 'Anything else' },
];

export const accessOptions: readonly { value: ClientAccess; text: string }[] = [
  { value: 'read', text: 'Read everything of the project' },
  { value: 'command', text: 'Read everything and send commands (devices believe signed ones only)' },
  { value: 'none', text: 'Nothing: the access list is mine to write' },
];

export class CertificateDraft {
  kind = $state<string>('device');
  name = $state('');
  commonName = $state('');
  clientId = $state('');
  access = $state<string>('read');
  algorithm = $state<string>('p256');
  days = $state('825');
  role = $state<string>('client');
  subject = $state(emptySubject());
  names = $state('');
  isServer = $state(false);
  isClient = $state(true);
  request = $state.raw<ShownRequest | null>(null);

  get isNamed(): boolean {
    return this.kind === 'device' || this.kind === 'custom';
  }

  get isUser(): boolean {
    return this.kind !== 'custom' || this.role === 'client';
  }

  toForm(): CertificateForm {
    const kind = this.kind as CertificateKind;
    const isCustom = kind === 'custom' && !this.#isPlainCustom;
    return {
      kind,
      name: this.name,
      commonName: this.commonName,
      clientId: this.clientId,
      ...(kind === 'device' ? {} : { access: this.isUser ? (this.access as ClientAccess) : 'none' }),
      algorithm: this.algorithm as KeyAlgorithm,
      days: wholeNumber(this.days),
      ...(isCustom ? { custom: this.#custom() } : {}),
      ...(this.request ? { requestDer: this.request.der } : {}),
    };
  }

  /** Nothing of the expert's part was touched: the project's own subject and name are used. */
  get #isPlainCustom(): boolean {
    const isUntouched = Object.values<string>({ ...this.subject }).every((text) => text.trim() === '');
    return (
      this.role === 'client' &&
      isUntouched &&
      listOf(this.names).length === 0 &&
      this.isClient &&
      !this.isServer
    );
  }

  #custom(): NonNullable<CertificateForm['custom']> {
    return {
      role: this.role as 'server' | 'client' | 'web',
      subject: { ...this.subject },
      names: listOf(this.names),
      purposes: [
        ...(this.isServer ? (['serverAuth'] as const) : []),
        ...(this.isClient ? (['clientAuth'] as const) : []),
      ],
    };
  }
}
