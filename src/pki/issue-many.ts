/** Many certificates without holding up the page: in batches, between which frames are drawn. Knows no profile. */
import { nextTask } from '../shared/next-task.ts';
import { cancelled, done, type Outcome, type RunOptions } from '../shared/outcome.ts';

/** About 4 ms of the page's thread each. */
const BATCH = 10;

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
    await nextTask();
  }
  return done(made);
}
