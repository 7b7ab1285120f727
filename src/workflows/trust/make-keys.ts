/** Private keys for a change, of whatever kinds are wanted, made where they do not hold up the page. */
import { publicKeyInfoOf, type KeyPair } from '../../pki/key-pair.ts';
import type { KeyAlgorithm } from '../../project/entities.ts';
import type { Bytes } from '../../shared/bytes.ts';
import { cancelled, done, type Outcome, type RunOptions } from '../../shared/outcome.ts';
import type { TrustEnvironment } from './change.ts';

/** One key for each, in the same order; the caller seals them. Progress counts keys. */
export async function makeKeys(
  env: TrustEnvironment,
  algorithms: readonly KeyAlgorithm[],
  options: RunOptions,
): Promise<Outcome<KeyPair[]>> {
  if (algorithms.length === 0) return done([]);
  const maker = await env.keyMaker();
  const made = new Map<KeyAlgorithm, Bytes[]>();
  for (const algorithm of new Set(algorithms)) {
    const count = algorithms.filter((each) => each === algorithm).length;
    const keys = await maker.make(algorithm, count, options);
    if (keys.kind === 'cancelled') return cancelled;
    made.set(algorithm, keys.value);
  }
  return done(
    algorithms.flatMap((algorithm) => {
      const pkcs8 = made.get(algorithm)?.shift();
      return pkcs8 ? [{ pkcs8, publicKeyInfo: publicKeyInfoOf(pkcs8) }] : [];
    }),
  );
}
