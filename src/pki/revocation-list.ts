/**
 * Certificate revocation lists (RFC 5280 5), version 2, with number and reasons. A list that begins in the future or has
 * run out makes a broker refuse everybody: it begins a day back and lasts as long as its authority.
 */
import { fromHex, type Bytes } from '../shared/bytes.ts';
import type { RevocationReason } from '../project/entities.ts';
import { contextConstructed, sequence, TAG, time, tlv, unsignedInteger } from './der.ts';
import { authorityKeyIdentifier, extension, extensionIds } from './extensions.ts';
import type { Issuer } from './issuer.ts';
import type { IssueContext } from './issuing.ts';
import { signatureIdentifier, signed } from './signing.ts';

const DAY_MS = 86_400_000;

/** RFC 5280 5.3.1, the reasons that a person chooses from. */
export const revocationReasons: Readonly<Record<RevocationReason, number>> = {
  unspecified: 0,
  keyCompromise: 1,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
};

export interface ListedRevocation {
  readonly serialNumberHex: string;
  readonly atMs: number;
  readonly reason: RevocationReason;
}

export interface ListRequest {
  /** Larger with every list of one authority. */
  readonly number: number;
  readonly revoked: readonly ListedRevocation[];
}

export interface IssuedList {
  readonly der: Bytes;
  readonly thisUpdateMs: number;
  readonly nextUpdateMs: number;
}

export async function issueRevocationList(
  context: IssueContext,
  issuer: Issuer,
  { number, revoked }: ListRequest,
): Promise<IssuedList> {
  const thisUpdateMs = Math.floor(context.nowMs / 1000) * 1000 - DAY_MS;
  const nextUpdateMs = Math.max(issuer.notAfterMs, thisUpdateMs + 2 * DAY_MS);
  const body = sequence(
    unsignedInteger(Uint8Array.of(1)),
    signatureIdentifier(issuer.signingKey),
    issuer.subject,
    time(thisUpdateMs),
    time(nextUpdateMs),
    ...(revoked.length > 0 ? [sequence(...revoked.map(entryOf))] : []),
    contextConstructed(
      0,
      sequence(
        authorityKeyIdentifier(issuer.keyId),
        extension(extensionIds.crlNumber, false, unsignedInteger(bigEndian(number))),
      ),
    ),
  );
  return { der: await signed(body, issuer.signingKey, context.crypto), thisUpdateMs, nextUpdateMs };
}

/** RFC 5280 5.3.1 wants "unspecified" left out rather than written. */
const entryOf = ({ serialNumberHex, atMs, reason }: ListedRevocation): Bytes =>
  sequence(
    unsignedInteger(fromHex(serialNumberHex)),
    time(atMs),
    ...(reason === 'unspecified'
      ? []
      : [
          sequence(
            extension(
              extensionIds.crlReason,
              false,
              tlv(TAG.ENUMERATED, Uint8Array.of(revocationReasons[reason])),
            ),
          ),
        ]),
  );

const bigEndian = (value: number): Bytes => fromHex(value.toString(16).padStart(12, '0'));
