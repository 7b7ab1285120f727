/**
 * Registers the service worker that keeps a copy of the page, and asks it whether a newer one waits. Where there is no
 * service worker, or the page is served for development, nothing of it happens.
 */
import type { PageUpdates } from '../../ports/page-updates.ts';
import { trustedWorkerUrl } from '../workers/worker-url.ts';

/** After the page has settled: what somebody came for is fetched first. */
const registerAfterMs = 3_000;
const lookEveryMs = 60 * 60 * 1000;

export function offlinePage(): PageUpdates {
  const listeners = new Set<() => void>();
  let isNewer = false;
  const tell = (): void => {
    isNewer = true;
    for (const listener of [...listeners]) listener();
  };
  if (import.meta.env.PROD && 'serviceWorker' in navigator)
    setTimeout(() => void keepCopy(tell), registerAfterMs);
  return {
    onNewer: (listener) => {
      listeners.add(listener);
      if (isNewer) listener();
      return () => listeners.delete(listener);
    },
    useNewer: async () => {
      const registration = await navigator.serviceWorker.ready;
      await asked(newest(registration), 'use');
      window.location.reload();
    },
  };
}

/** Failing costs only the copy: a private window, or a disk that is full. */
async function keepCopy(onNewer: () => void): Promise<void> {
  try {
    const registration = await navigator.serviceWorker.register(trustedWorkerUrl('./service-worker.js'));
    const look = async (): Promise<void> => {
      if (await asked(newest(registration), 'ask')) onNewer();
    };
    const lookSoon = (): void => void look();
    navigator.serviceWorker.addEventListener('controllerchange', lookSoon);
    const watch = (): void => registration.installing?.addEventListener('statechange', lookSoon);
    registration.addEventListener('updatefound', watch);
    watch();
    await look();
    setInterval(() => void registration.update().then(look, () => undefined), lookEveryMs);
  } catch {
    // The page works as before, with a network.
  }
}

/** A newer one may wait as long as the one before it has something to do: it answers all the same. */
const newest = ({ waiting, active }: ServiceWorkerRegistration): ServiceWorker | null => waiting ?? active;

/** A worker that is replaced at this very moment does not answer. */
const answerWithinMs = 5_000;

function asked(worker: ServiceWorker | null, question: 'ask' | 'use'): Promise<boolean> {
  if (!worker) return Promise.resolve(false);
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    setTimeout(() => resolve(false), answerWithinMs);
    port1.onmessage = ({ data }: MessageEvent<boolean>) => resolve(data);
    worker.postMessage(question, [port2]);
  });
}
