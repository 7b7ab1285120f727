/** A certificate signing request read (PKCS #10, RFC 2986). Signs nothing. */
import type { Bytes } from '../../shared/bytes.ts';
import { readAll, readTlv, TAG } from '../der.ts';
import { noExtensions, readExtensions, readRawExtensions, type ExtensionFacts } from './extensions.ts';
import { Fields } from './fields.ts';
import { readName, type NameFacts } from './names.ts';
import { readPublicKey, type PublicKeyFacts } from './public-key.ts';
import { readSigned, type SignedParts } from './structure.ts';

export interface RequestFacts extends SignedParts {
  readonly kind: 'request';
  readonly der: Bytes;
  readonly subject: NameFacts;
  readonly publicKey: PublicKeyFacts;
  /** What it asks for; an authority need not grant it. */
  readonly extensions: ExtensionFacts;
}

const OID_EXTENSION_REQUEST = '1.2.840.113549.1.9.14';

/** Throws RangeError where `der` is not exactly one request. */
export function readRequestFacts(der: Uint8Array): RequestFacts {
  const { parts, fields } = readSigned(der);
  fields.count();
  const subject = readName(fields.take(TAG.SEQUENCE));
  const publicKey = readPublicKey(fields.take(TAG.SEQUENCE));
  const attributes = fields.optional(0xa0);
  fields.end();
  const extensions = attributes ? requestedExtensions(attributes.content) : noExtensions;
  return { kind: 'request', der: Uint8Array.from(der), ...parts, subject, publicKey, extensions };
}

function requestedExtensions(attributes: Uint8Array): ExtensionFacts {
  for (const attribute of readAll(attributes)) {
    const fields = new Fields(attribute.content);
    if (fields.oid() !== OID_EXTENSION_REQUEST) continue;
    return readExtensions(readRawExtensions(readTlv(fields.take(TAG.SET).content).content));
  }
  return noExtensions;
}
