/**
 * One connection for all tabs of a browser: the tab that holds the lease connects, the others are passed its state and
 * messages and publish through it. When it ends, the next one connects under a client id of its own.
 */
import type {
  BrokerLink,
  BrokerLogin,
  BrokerSession,
  BrokerTarget,
  RefreshableSession,
} from '../../ports/broker-link.ts';
import type { Leases } from '../../ports/leases.ts';
import type { Clock } from '../../shared/clock.ts';
import { checkedBrokerUrl } from './broker-address.ts';
import { SharedBrokerSession } from './shared-broker-session.ts';
import { broadcastChannel, type TabChannel } from './tab-channel.ts';

export interface SharedBrokerLinkOptions {
  readonly link: {
    open(
      target: BrokerTarget,
      login: BrokerLogin,
      topics: readonly string[],
      signal: AbortSignal,
    ): RefreshableSession;
  };
  readonly leases: Leases;
  readonly clock: Clock;
  /** Different for every tab. */
  readonly tabId: string;
  /** A channel that all tabs with the same name are on. */
  readonly openChannel?: (name: string) => TabChannel;
}

export class SharedBrokerLink implements BrokerLink {
  readonly #options: SharedBrokerLinkOptions;
  #opened = 0;

  constructor(options: SharedBrokerLinkOptions) {
    this.#options = options;
  }

  /** Throws live.plain-websocket or live.broker-address; everything later is a state. */
  open(
    target: BrokerTarget,
    login: BrokerLogin,
    topics: readonly string[],
    signal: AbortSignal,
  ): BrokerSession {
    const { link, leases, clock, tabId, openChannel = broadcastChannel } = this.#options;
    if (target.shareAs === undefined) return link.open(target, login, topics, signal);
    // The tab that only listens must refuse a wrong address as well.
    checkedBrokerUrl(target.url);
    const lease = `broker:${target.shareAs}:live`;
    return new SharedBrokerSession(
      {
        connect: (closing) => link.open(target, login, topics, closing),
        hold: (use) => leases.hold(lease, use),
        channel: openChannel(`signet:${lease}`),
        clock,
        selfId: `${tabId}.${++this.#opened}`,
      },
      signal,
    );
  }
}
