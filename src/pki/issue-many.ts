/** Many certificates without holding up the page: in batches, between which frames are drawn. Knows no profile. */
import { cancelled, done, type Outcome, type RunOptions } from '../shared/outcome.ts';

/** About 10 ms of the page's thread each; WebCrypto works on the batch meanwhile. */
const BATCH = 20;

/** One result for each item, in order. Progress counts items. */
export async function issueMany<Item, Made>(
  items: readonly Item[],
  issue: (item: Item) => Promise<Made>,
  options: RunOptions,
): Promise<Outcome<Made[]>> {
  const made: Made[] = [];
  while (made.length < items.length) {
    if (options.signal.aborted) return cancelled;
    made.push(...(await Promise.all(items.slice(made.length, made.length + BATCH).map(issue))));
    options.onProgress?.({ phase: 'certificates', done: made.length, total: items.length, unit: 'items' });
  }
  return done(made);
}
