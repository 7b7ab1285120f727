/** An export as the screens ask for it: named after what it is, its password checked first. */
import type { ImportedItem } from '../../pki/import/items.ts';
import type { ExportChoice, ExportSubject } from './export-choices.ts';
import { ssidProblem, wifiPasswordProblem } from '../project-form.ts';
import { exportFile, type ExportedFile, type ExportEnvironment, type ExportWifi } from './export-file.ts';
import { checkExportPassword } from './export-password.ts';
import { isClassic } from './explain-items.ts';

export interface CheckedExport {
  readonly subject: ExportSubject;
  readonly choice: ExportChoice;
  /** Everything that was read with it: tells whether its authority is a classic one. */
  readonly items: readonly ImportedItem[];
  readonly password: string;
  readonly repeated: string;
  /** For `secure-credentials`: as typed. */
  readonly wifi?: ExportWifi | undefined;
}

/** Throws pki.export-*, pki.key-format, form.wifi-*. `warning` speaks of a weak password that was let pass. */
export async function exportChecked(
  { subject, choice, items, password, repeated, wifi }: CheckedExport,
  env: ExportEnvironment,
): Promise<{ readonly file: ExportedFile; readonly warning: string | null }> {
  const baseName = exportName(subject);
  const warning = choice.needsPassword
    ? checkExportPassword({
        password,
        repeated,
        isClassic: isClassic(subject, items),
        personalWords: [baseName],
      })
    : null;
  const problem = wifi && wifi.ssid !== '' ? (ssidProblem(wifi.ssid) ?? wifiPasswordProblem(wifi.psk)) : null;
  if (problem) throw problem;
  return { file: await exportFile({ subject, choice, baseName, password, wifi }, env), warning };
}

/** A file name without ending, from whose it is: "pi.local", "private-key". */
export function exportName({ item }: ExportSubject): string {
  switch (item.kind) {
    case 'certificate':
    case 'request':
      return fileName(item.subject.commonName, item.kind);
    case 'revocation-list':
      return `${fileName(item.issuer.commonName, 'authority')}-crl`;
    default:
      return item.kind;
  }
}

function fileName(name: string | null, otherwise: string): string {
  const safe = (name ?? '').replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[.-]+|[.-]+$/g, '');
  return safe === '' ? otherwise : safe.slice(0, 60);
}
