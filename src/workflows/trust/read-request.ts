/** A certificate request that a person pasted or chose, as the form shows it. */
import { altNameText } from '../../pki/alt-names.ts';
import { fromPem } from '../../pki/pem.ts';
import { readRequest } from '../../pki/request.ts';
import { fromUtf8, type Bytes } from '../../shared/bytes.ts';
import { AppError } from '../../shared/errors.ts';

export interface ShownRequest {
  readonly der: Bytes;
  readonly commonName: string;
  /** "O=Test, CN=dev" */
  readonly subject: string;
  readonly names: readonly string[];
}

/** @param file PEM or DER. Throws pki.request-format, pki.request-signature, pki.key-unsupported. */
export async function readRequestFile(file: Bytes, crypto: Crypto): Promise<ShownRequest> {
  const der = file[0] === 0x30 ? file : derOf(file);
  const { attributes, names } = await readRequest(der, crypto);
  return {
    der,
    commonName: attributes.find(([type]) => type === 'CN')?.[1] ?? '',
    subject: attributes.map(([type, value]) => `${type}=${value}`).join(', '),
    names: names.map(altNameText),
  };
}

function derOf(file: Bytes): Bytes {
  try {
    // Older tools write the label with NEW.
    return fromPem('CERTIFICATE REQUEST', fromUtf8(file).replaceAll(' NEW CERTIFICATE', ' CERTIFICATE'));
  } catch {
    throw new AppError('pki.request-format');
  }
}
