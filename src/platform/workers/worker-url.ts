/**
 * The one Trusted Types policy of the page: it turns the address of a worker script of our own origin into something
 * `new Worker` accepts under `require-trusted-types-for 'script'`.
 */
export const WORKER_POLICY_NAME = 'signet-worker-url';

interface WorkerUrlPolicy {
  createScriptURL(url: string): unknown;
}

let policy: WorkerUrlPolicy | null = null;

/** @throws TypeError for a script of another origin. */
function sameOrigin(url: string): string {
  const resolved = new URL(url, globalThis.location.href);
  if (resolved.origin !== globalThis.location.origin) {
    throw new TypeError('a worker script comes from this origin only');
  }
  return resolved.href;
}

function workerUrlPolicy(): WorkerUrlPolicy {
  // A policy's name can be taken once only: it is kept.
  policy ??= (globalThis as { trustedTypes?: TrustedTypePolicyFactory }).trustedTypes?.createPolicy(
    WORKER_POLICY_NAME,
    { createScriptURL: sameOrigin },
  ) ?? { createScriptURL: sameOrigin };
  return policy;
}

/** Typed as a string because `Worker`'s declaration predates Trusted Types. @throws TypeError for another origin. */
export const trustedWorkerUrl = (url: string): string => workerUrlPolicy().createScriptURL(url) as string;
