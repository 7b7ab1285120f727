/**
 * KeyMaker of the browser: RSA keys come from two lanes at once, the page's own and a sandboxed frame's. Chromium makes
 * all keys of one process on one thread, which workers share; a document without an origin has another process.
 */
import { generateKey } from '../../pki/key-pair.ts';
import { isRsa } from '../../pki/key-algorithms.ts';
import type { KeyMaker } from '../../ports/key-maker.ts';
import type { KeyAlgorithm } from '../../project/entities.ts';
import type { Bytes } from '../../shared/bytes.ts';
import { cancelled, done, type Outcome, type RunOptions } from '../../shared/outcome.ts';
import { openKeyFrame, type KeyFrame } from './key-frame.ts';
import { PageKeyMaker } from './page-key-maker.ts';

export class SandboxedKeyMaker implements KeyMaker {
  async make(algorithm: KeyAlgorithm, count: number, options: RunOptions): Promise<Outcome<Bytes[]>> {
    // Elliptic keys take less time than a frame takes to open.
    if (!isRsa(algorithm) || count < 2) return new PageKeyMaker().make(algorithm, count, options);
    const frame = openKeyFrame();
    const stop = (): void => frame.close();
    options.signal.addEventListener('abort', stop);
    try {
      return await inTwoLanes(algorithm, { count, frame, options });
    } finally {
      options.signal.removeEventListener('abort', stop);
      frame.close();
    }
  }
}

interface TwoLanes {
  readonly count: number;
  readonly frame: KeyFrame;
  readonly options: RunOptions;
}

/** Each lane takes the next key when it has finished one; without a frame the page makes them all. */
async function inTwoLanes(
  algorithm: KeyAlgorithm,
  { count, frame, options }: TwoLanes,
): Promise<Outcome<Bytes[]>> {
  const keys: Bytes[] = [];
  let begun = 0;
  const lane = async (makeKey: () => Promise<Bytes | null>): Promise<void> => {
    while (begun < count && !options.signal.aborted) {
      begun++;
      const key = await makeKey();
      if (key === null) {
        begun--;
        return;
      }
      keys.push(key);
      options.onProgress?.({ phase: 'keys', done: keys.length, total: count, unit: 'items' });
    }
  };
  const inPage = async (): Promise<Bytes> => (await generateKey(crypto, algorithm)).pkcs8;
  await Promise.all([lane(inPage), lane(() => frame.makeKey(algorithm))]);
  // The frame may have given up on a key after the page had found nothing left to do.
  if (keys.length < count) await lane(inPage);
  return options.signal.aborted ? cancelled : done(keys);
}
