/** Many or slow private keys, without holding up the page. Adapter: platform/keys. */
import type { KeyAlgorithm } from '../project/entities.ts';
import type { Bytes } from '../shared/bytes.ts';
import type { Outcome, RunOptions } from '../shared/outcome.ts';

export interface KeyMaker {
  /** PKCS#8 of `count` fresh keys: secret. Progress counts keys. Throws jobs.failed. */
  make(algorithm: KeyAlgorithm, count: number, options: RunOptions): Promise<Outcome<Bytes[]>>;
}
