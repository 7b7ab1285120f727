/** KeyMaker in the page itself, one key after another: for Node and for a single key. */
import { generateKey } from '../../pki/key-pair.ts';
import type { KeyMaker } from '../../ports/key-maker.ts';
import type { KeyAlgorithm } from '../../project/entities.ts';
import type { Bytes } from '../../shared/bytes.ts';
import { cancelled, done, type Outcome, type RunOptions } from '../../shared/outcome.ts';

export class PageKeyMaker implements KeyMaker {
  async make(algorithm: KeyAlgorithm, count: number, options: RunOptions): Promise<Outcome<Bytes[]>> {
    const keys: Bytes[] = [];
    while (keys.length < count) {
      if (options.signal.aborted) return cancelled;
      keys.push((await generateKey(crypto, algorithm)).pkcs8);
      options.onProgress?.({ phase: 'keys', done: keys.length, total: count, unit: 'items' });
    }
    return done(keys);
  }
}
