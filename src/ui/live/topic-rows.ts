/** The topic tree as rows on the screen: what is opened, or what a search found. */
import type { LoggedMessage, TopicLog, TopicNode } from '../../telemetry/topic-log.ts';
import { bestForm, payloadText } from '../../telemetry/payload-text.ts';

export interface TopicRow {
  readonly path: string;
  readonly label: string;
  readonly depth: number;
  readonly count: number;
  /** Null for a level on which nothing was said itself. */
  readonly preview: string | null;
  readonly isRetained: boolean;
  readonly hasChildren: boolean;
  readonly isOpen: boolean;
}

export const maxRows = 300;

/** At most {@link maxRows}; `search` lists topics flat. */
export function topicRows(log: TopicLog, opened: ReadonlySet<string>, search: string): TopicRow[] {
  const words = search.trim();
  if (words !== '') {
    return log.search(words, maxRows).map(({ topic, count, messages }) => ({
      ...row(topic, topic, 0),
      count,
      ...shown(messages[0] ?? null),
    }));
  }
  const rows: TopicRow[] = [];
  addChildren(rows, log.root, { opened, depth: 0 });
  return rows;
}

function addChildren(
  rows: TopicRow[],
  node: TopicNode,
  at: { readonly opened: ReadonlySet<string>; readonly depth: number },
): void {
  const children = [...node.children.values()].sort((a, b) => (a.level < b.level ? -1 : 1));
  for (const child of children) {
    if (rows.length >= maxRows) return;
    const isOpen = at.opened.has(child.path);
    rows.push({
      ...row(child.path, child.level === '' ? '(empty)' : child.level, at.depth),
      count: child.count,
      hasChildren: child.children.size > 0,
      isOpen,
      ...shown(child.entry?.messages[0] ?? null),
    });
    if (isOpen) addChildren(rows, child, { opened: at.opened, depth: at.depth + 1 });
  }
}

const row = (path: string, label: string, depth: number): TopicRow => ({
  path,
  label,
  depth,
  count: 0,
  preview: null,
  isRetained: false,
  hasChildren: false,
  isOpen: false,
});

function shown(message: LoggedMessage | null): Pick<TopicRow, 'preview' | 'isRetained'> {
  if (!message) return { preview: null, isRetained: false };
  const beginning = message.payload.subarray(0, 200);
  const text = bestForm(beginning) === 'hex' ? `${message.sizeBytes} bytes` : payloadText(beginning, 'text');
  return { preview: text.replace(/\s+/g, ' ').slice(0, 120), isRetained: message.retained };
}
