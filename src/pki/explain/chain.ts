/** Who signed whom, checked: the chain above a certificate as far as its authorities are here. */
import type { CertificateFacts } from '../facts/certificate.ts';
import { checkSignature, type SignatureVerdict } from '../facts/signature.ts';
import { chainOf } from '../import/pairing.ts';

export interface ChainLink {
  readonly certificate: CertificateFacts;
  /** The next link's, or its own at the top; `missing` where the authority is not here. */
  readonly signedBy: 'next' | 'itself' | 'missing';
  /** Whether that signature holds; `unknown` also where the authority is missing. */
  readonly signature: SignatureVerdict;
}

/** From the certificate upwards; never empty. `others` may hold anything, in any order. */
export async function inspectChain(
  certificate: CertificateFacts,
  others: readonly CertificateFacts[],
  crypto: Crypto,
): Promise<ChainLink[]> {
  const chain = chainOf(certificate, others);
  return Promise.all(
    chain.map(async (link, i): Promise<ChainLink> => {
      const signer = chain[i + 1] ?? (link.isSelfIssued ? link : null);
      if (!signer) return { certificate: link, signedBy: 'missing', signature: 'unknown' };
      const signature = await checkSignature(link, signer.publicKey, crypto);
      return { certificate: link, signedBy: signer === link ? 'itself' : 'next', signature };
    }),
  );
}
