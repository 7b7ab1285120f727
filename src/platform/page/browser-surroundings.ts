/** PageSurroundings of a real browser: permission states, the page host's clock, violations of the page's policy. */
import type { LocalNetworkPermission, PageSurroundings } from '../../ports/page-surroundings.ts';
import type { RunOptions } from '../../shared/outcome.ts';
import type { Clock } from '../../shared/clock.ts';

/** Chrome's names, the newest first: one permission became two, for this computer's own ports and for the network. */
const permissionNames = {
  'this-computer': ['loopback-network', 'local-network-access'],
  network: ['local-network', 'local-network-access'],
} as const;

/** Not in the DOM library: Chromium alone has it. */
interface PolicyDocument extends Document {
  readonly featurePolicy?: { features(): string[]; allowsFeature(name: string): boolean };
}

export class BrowserSurroundings implements PageSurroundings {
  readonly #window: Window;
  readonly #clock: Clock;

  constructor(window: Window, clock: Clock) {
    this.#window = window;
    this.#clock = clock;
  }

  get isSecure(): boolean {
    return this.#window.isSecureContext;
  }

  get userAgent(): string {
    return this.#window.navigator.userAgent;
  }

  get host(): string {
    return this.#window.location.hostname;
  }

  get origin(): string {
    return this.#window.location.origin;
  }

  isOnline(): boolean {
    return this.#window.navigator.onLine;
  }

  async localNetwork(to: 'this-computer' | 'network'): Promise<LocalNetworkPermission> {
    const names = permissionNames[to];
    return { state: await this.#state(names), isForbidden: this.#isForbidden(names) };
  }

  async hostClock({ signal, timeoutMs }: RunOptions): Promise<{ hostMs: number; atMs: number } | null> {
    try {
      const limits = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      // HEAD and no-store: a stored answer carries the date of the day it was stored.
      const sentMs = this.#clock.nowMs();
      const reply = await fetch(this.#window.document.baseURI, {
        method: 'HEAD',
        cache: 'no-store',
        signal: limits,
      });
      const date = Date.parse(reply.headers.get('date') ?? '');
      // Whole seconds, cut off.
      return Number.isNaN(date) ? null : { hostMs: date + 500, atMs: (sentMs + this.#clock.nowMs()) / 2 };
    } catch {
      return null;
    }
  }

  async #state(names: readonly string[]): Promise<LocalNetworkPermission['state']> {
    for (const name of names) {
      try {
        const { state } = await this.#window.navigator.permissions.query({ name: name as PermissionName });
        return state;
      } catch {
        // An unknown name is a TypeError; the next one may be known.
      }
    }
    return 'unsupported';
  }

  #isForbidden(names: readonly string[]): boolean {
    const policy = (this.#window.document as PolicyDocument).featurePolicy;
    const known = new Set(policy?.features() ?? []);
    const name = names.find((each) => known.has(each));
    return policy !== undefined && name !== undefined && !policy.allowsFeature(name);
  }
}

/** Calls with the address of each connection that the page's Content Security Policy stopped. */
export const onPolicyViolation = (listener: (blockedUrl: string) => void): (() => void) => {
  const hear = ({ effectiveDirective, blockedURI }: SecurityPolicyViolationEvent): void => {
    if (effectiveDirective === 'connect-src') listener(blockedURI);
  };
  document.addEventListener('securitypolicyviolation', hear);
  return () => document.removeEventListener('securitypolicyviolation', hear);
};
