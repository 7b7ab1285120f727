/** All certificates and keys in one .zip, named and laid out as the workshops' scripts leave them (S1, S5). */
import { zipSync, type Zippable } from 'fflate';
import { encryptedPkcs8 } from '../../pki/export/password-encryption.ts';
import { toPem } from '../../pki/pem.ts';
import { utf8, type Bytes } from '../../shared/bytes.ts';
import { xxdInclude } from '../../sketch/c-source.ts';

/** A certificate with its key as PKCS#8 (secret). */
export interface KeyAndCertificate {
  readonly pkcs8: Bytes;
  readonly certificateDer: Bytes;
}

export interface ClassicSet {
  readonly authority: KeyAndCertificate;
  readonly server: KeyAndCertificate & { readonly requestDer: Bytes | null };
  /** In order: SecuredDev01, SecuredDev02 … */
  readonly devices: readonly KeyAndCertificate[];
  /** For the authority's and the server's key. */
  readonly password: string;
}

/** File names and contents. What is called `nopass` holds an open key. */
export async function classicFiles(
  set: ClassicSet,
  crypto: Crypto,
): Promise<Readonly<Record<string, Bytes>>> {
  const locked = async ({ pkcs8 }: KeyAndCertificate): Promise<Bytes> =>
    utf8(toPem('ENCRYPTED PRIVATE KEY', await encryptedPkcs8(pkcs8, set.password, crypto)));
  const { authority, server, devices } = set;
  return {
    'rootCA_key.pem': await locked(authority),
    ...certificateFiles('rootCA_certificate', authority.certificateDer),
    'mqttServer_key.pem': await locked(server),
    'mqttServer_key_nopass.pem': openKey(server),
    ...(server.requestDer && { 'mqttServer_crt.csr': utf8(toPem('CERTIFICATE REQUEST', server.requestDer)) }),
    ...certificateFiles('mqttServer_crt', server.certificateDer),
    ...Object.fromEntries(
      devices.flatMap((device, i): [string, Bytes][] => {
        const name = `SecuredDev${String(i + 1).padStart(2, '0')}`;
        return [
          [`${name}_crt.pem`, utf8(toPem('CERTIFICATE', device.certificateDer))],
          [`${name}_key_nopass.pem`, openKey(device)],
        ];
      }),
    ),
  };
}

/** `<name>-certificates-SECRET.zip`; the same input apart from the locked keys gives the same bytes. */
export async function classicZip(
  name: string,
  set: ClassicSet,
  crypto: Crypto,
): Promise<{ name: string; content: Bytes }> {
  const parts: Zippable = {};
  for (const [path, content] of Object.entries(await classicFiles(set, crypto))) {
    // ZIP knows local time only: a date made from local parts is the same text in every time zone.
    parts[path] = [content, { mtime: new Date(2020, 0, 1), level: 9 }];
  }
  return { name: `${name}-certificates-SECRET.zip`, content: new Uint8Array(zipSync(parts)) };
}

const openKey = ({ pkcs8 }: KeyAndCertificate): Bytes => utf8(toPem('PRIVATE KEY', pkcs8));

const certificateFiles = (name: string, der: Bytes): Record<string, Bytes> => ({
  [`${name}.pem`]: utf8(toPem('CERTIFICATE', der)),
  [`${name}.der`]: der,
  [`${name}.der.h`]: utf8(xxdInclude(`${name}.der`, der)),
});
