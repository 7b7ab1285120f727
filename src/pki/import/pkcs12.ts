/**
 * PKCS#12 (RFC 7292) opened: its password is proved by its MAC, then its bags become items. Reads what OpenSSL, Java, NSS,
 * Windows and macOS write; nothing is written here.
 */
import { AppError } from '../../shared/errors.ts';
import { readAll, readTlv, TAG } from '../der.ts';
import { readCertificateFacts } from '../facts/certificate.ts';
import { Fields, wholeSequence } from '../facts/fields.ts';
import { textOf } from '../facts/names.ts';
import { readRevocationListFacts } from '../facts/revocation-list.ts';
import { derFromBer } from './ber.ts';
import { openEncryptedPkcs8, readPrivateKey } from './encrypted-keys.ts';
import { encryptionScheme } from './encryption-schemes.ts';
import type { ImportContext, ImportedItem, LockedItem, Pkcs12Facts } from './items.ts';
import { provedPassword, readMac } from './pkcs12-mac.ts';

export interface OpenedPkcs12 {
  readonly items: readonly ImportedItem[];
  readonly facts: Pkcs12Facts;
}

const OID_DATA = '1.2.840.113549.1.7.1';
const OID_ENCRYPTED_DATA = '1.2.840.113549.1.7.6';
const OID_BAGS = '1.2.840.113549.1.12.10.1.';
const OID_FRIENDLY_NAME = '1.2.840.113549.1.9.20';
const MAX_DEPTH = 8;

/** Throws RangeError, pki.import-password-wrong, -unsupported, -damaged, -derivation. */
export async function openPkcs12(
  ber: Uint8Array,
  context: ImportContext,
): Promise<OpenedPkcs12 | LockedItem> {
  const fields = wholeSequence(derFromBer(ber));
  if (fields.count() !== 3) throw unsupported('a PKCS#12 file of another version than 3');
  const content = fields.sequence();
  const contentType = content.oid();
  if (contentType !== OID_DATA)
    throw unsupported('a PKCS#12 file that is signed instead of protected by a password');
  const authenticated = new Fields(content.take(0xa0).content).octets();
  const mac = fields.isAtEnd ? null : readMac(fields.sequence());
  fields.end();
  const integrity = mac ? `HMAC-${mac.digest}, ${mac.iterations} rounds` : null;
  const password = await provedPassword(mac, authenticated, context);
  if (password === null) return { kind: 'locked', what: 'PKCS#12 file', encryption: integrity ?? 'no MAC' };
  const reader = new SafeReader({ ...context, password });
  await reader.readAuthenticatedSafe(authenticated);
  return {
    items: reader.items,
    facts: { integrity, encryptions: [...reader.encryptions], friendlyNames: [...reader.friendlyNames] },
  };
}

/** Walks the bags and gathers what is in them. */
class SafeReader {
  readonly items: ImportedItem[] = [];
  readonly encryptions = new Set<string>();
  readonly friendlyNames = new Set<string>();
  readonly #context: ImportContext & { readonly password: string };

  constructor(context: ImportContext & { readonly password: string }) {
    this.#context = context;
  }

  async readAuthenticatedSafe(content: Uint8Array): Promise<void> {
    const infos = readAll(readTlv(derFromBer(content)).content);
    for (const info of infos) {
      const fields = new Fields(info.content);
      const type = fields.oid();
      const value = new Fields(fields.take(0xa0).content);
      if (type === OID_DATA) await this.#readSafeContents(value.octets(), 0);
      else if (type === OID_ENCRYPTED_DATA) await this.#readEncrypted(value.sequence());
      else throw unsupported('a PKCS#12 file encrypted for a certificate instead of by a password');
    }
  }

  async #readEncrypted(data: Fields): Promise<void> {
    data.count();
    const content = data.sequence();
    content.oid();
    const scheme = encryptionScheme(content.sequence());
    this.encryptions.add(scheme.name);
    const ciphertext = implicitOctets(content);
    await this.#readSafeContents(await scheme.open(ciphertext, this.#context.password, this.#context), 0);
  }

  async #readSafeContents(content: Uint8Array, depth: number): Promise<void> {
    if (depth > MAX_DEPTH) throw new RangeError('nested too deeply');
    for (const bag of readAll(wholeSequenceContent(derFromBer(content)))) {
      const fields = new Fields(bag.content);
      const kind = fields.oid();
      const value = fields.take(0xa0).content;
      const attributes = fields.optional(TAG.SET);
      if (attributes) this.#noteFriendlyName(attributes.content);
      await this.#readBag(kind.startsWith(OID_BAGS) ? kind.slice(OID_BAGS.length) : '', value, depth);
    }
  }

  async #readBag(kind: string, value: Uint8Array, depth: number): Promise<void> {
    switch (kind) {
      case '1': {
        const key = await readPrivateKey(value, this.#context.crypto);
        if (!key) throw new RangeError('a key bag without a key');
        this.items.push(key);
        return;
      }
      case '2': {
        const item = await openEncryptedPkcs8(value, this.#context);
        if (item.kind === 'private-key' && item.encryption !== null) this.encryptions.add(item.encryption);
        this.items.push(item);
        return;
      }
      case '3':
        this.items.push(readCertificateFacts(bagOctets(value)));
        return;
      case '4':
        this.items.push(readRevocationListFacts(bagOctets(value)));
        return;
      case '6':
        await this.#readSafeContents(value, depth + 1);
        return;
      default:
        // A secret of some other kind: nothing that a broker or device could use.
        return;
    }
  }

  #noteFriendlyName(attributes: Uint8Array): void {
    for (const attribute of readAll(attributes)) {
      const fields = new Fields(attribute.content);
      if (fields.oid() !== OID_FRIENDLY_NAME) continue;
      const [name] = readAll(fields.take(TAG.SET).content);
      if (name) this.friendlyNames.add(textOf(name));
    }
  }
}

/** CertBag and CRLBag: SEQUENCE { kind, [0] { OCTET STRING } }. */
function bagOctets(value: Uint8Array): Uint8Array {
  const fields = wholeSequence(value);
  fields.oid();
  return new Fields(fields.take(0xa0).content).octets();
}

/** `[0] IMPLICIT OCTET STRING`, in one piece or in several. */
function implicitOctets(fields: Fields): Uint8Array {
  const value = fields.any();
  if (value.tag === 0x80) return value.content;
  if (value.tag !== 0xa0) throw new RangeError('encrypted content was expected');
  const pieces = readAll(value.content);
  return Uint8Array.from(pieces.flatMap((piece) => [...piece.content]));
}

function wholeSequenceContent(der: Uint8Array): Uint8Array {
  const outer = readTlv(der);
  if (outer.tag !== TAG.SEQUENCE) throw new RangeError('a sequence was expected');
  return outer.content;
}

const unsupported = (what: string): AppError => new AppError('pki.import-unsupported', { details: { what } });
