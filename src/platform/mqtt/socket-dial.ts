/** One WebSocket, from its first moment to how it ended, with the time that took. Says nothing on it. */
import type { ProbeDial } from '../../ports/broker-probe.ts';
import type { Clock } from '../../shared/clock.ts';
import type { RunOptions } from '../../shared/outcome.ts';
import type { CreateSocket, WebSocketLike } from './connection.ts';

/** Tells of connections that the page's policy stopped: those give no event of their own. Returns the unsubscriber. */
export type OnPolicyViolation = (listener: (blockedUrl: string) => void) => () => void;

export interface DialTools {
  readonly createSocket: CreateSocket;
  readonly clock: Clock;
  readonly onPolicyViolation: OnPolicyViolation;
}

/** Never throws; an address that the browser refuses at once counts as closed. */
export async function dialSocket(url: string, tools: DialTools, options: RunOptions): Promise<ProbeDial> {
  const { clock } = tools;
  const startedMs = clock.monotonicMs();
  const over = new AbortController();
  const ended = (end: ProbeDial['end'], closeCode: number | null = null): ProbeDial => ({
    end,
    closeCode,
    tookMs: clock.monotonicMs() - startedMs,
  });
  const stopWatching = tools.onPolicyViolation((blockedUrl) => {
    if (isSameHost(blockedUrl, url)) blocked.resolve(ended('blocked'));
  });
  const blocked = promised<ProbeDial>();
  let socket: WebSocketLike | null = null;
  try {
    socket = tools.createSocket(url, ['mqtt']);
    const result = promised<ProbeDial>();
    socket.addEventListener('open', () => result.resolve(ended('opened')));
    socket.addEventListener('close', (event) => result.resolve(ended('closed', event?.code ?? null)));
    const late = clock.sleep(options.timeoutMs, over.signal).then(() => ended('silent'));
    return await Promise.race([result.promise, blocked.promise, late, cancelled(options.signal, ended)]);
  } catch {
    return ended('closed');
  } finally {
    over.abort();
    stopWatching();
    socket?.close();
  }
}

interface Promised<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
}

function promised<T>(): Promised<T> {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => (resolve = settle));
  return { promise, resolve };
}

const cancelled = (signal: AbortSignal, ended: (end: 'silent') => ProbeDial): Promise<ProbeDial> =>
  new Promise((resolve) => {
    const stop = (): void => resolve(ended('silent'));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });

/** Reports name what was blocked without its path, and a subprotocol's address as it was given. */
const isSameHost = (blockedUrl: string, url: string): boolean =>
  URL.canParse(blockedUrl) && new URL(blockedUrl).host === new URL(url).host;
