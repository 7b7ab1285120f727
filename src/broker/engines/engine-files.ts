/** What every other engine's files are made with: marks that they were not run here, and files of their kinds. */
import type { BundleFile } from '../bundle.ts';
import { utf8 } from '../../shared/bytes.ts';

export const notRun = 'Written after the documentation of the engine; not run by the makers of this page.';

export const textFile = (path: string, purpose: string, text: string): BundleFile => ({
  path,
  purpose,
  content: utf8(text.endsWith('\n') ? text : `${text}\n`),
  mode: 0o644,
  secret: false,
});

export const secretText = (path: string, purpose: string, text: string): BundleFile => ({
  ...textFile(path, purpose, text),
  mode: 0o600,
  secret: true,
});

/** The certificates and keys that each engine's two ports need. */
export function listenerFiles(certificates: {
  readonly clientAuthorityPem: string;
  readonly deviceListenerPem: string;
  readonly deviceListenerKeyPem: string;
  readonly webListenerPem: string;
  readonly webListenerKeyPem: string;
}): BundleFile[] {
  return [
    textFile('certs/client-ca.crt', 'whom the device port believes', certificates.clientAuthorityPem),
    textFile('certs/device-listener.crt', 'shown to devices', certificates.deviceListenerPem),
    secretText('certs/device-listener.key', 'its private key', certificates.deviceListenerKeyPem),
    textFile('certs/web-listener.crt', 'shown to browsers', certificates.webListenerPem),
    secretText('certs/web-listener.key', 'its private key', certificates.webListenerKeyPem),
  ];
}
