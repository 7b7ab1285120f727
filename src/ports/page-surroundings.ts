/** Where and how the page runs, as far as a connection to a broker depends on it. Adapter: platform/page. */
import type { RunOptions } from '../shared/outcome.ts';

export interface LocalNetworkPermission {
  /** `unsupported`: the browser knows no such permission. */
  readonly state: 'granted' | 'denied' | 'prompt' | 'unsupported';
  /** A policy of the page's host, or of a page around this one, takes the feature away. */
  readonly isForbidden: boolean;
}

export interface PageSurroundings {
  readonly isSecure: boolean;
  readonly userAgent: string;
  /** Host and origin of the page's own address. */
  readonly host: string;
  readonly origin: string;
  isOnline(): boolean;
  /** Asks nobody: only reads the state. Browsers tell this computer's own ports from the network's. */
  localNetwork(to: 'this-computer' | 'network'): Promise<LocalNetworkPermission>;
  /** Unix ms by the clock of the page's host, to the second, with the moment it was asked; null when it does not say. */
  hostClock(options: RunOptions): Promise<{ readonly hostMs: number; readonly atMs: number } | null>;
}
