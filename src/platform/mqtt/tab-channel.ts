/** What the tabs of one browser say to each other about a shared broker connection. Never a password, never a key. */
import type { LinkState, MqttMessage, OutgoingMessage } from '../../ports/broker-link.ts';

export type TabMessage =
  /** A tab that waits for its turn wants state and messages. */
  | { readonly kind: 'hello'; readonly from: string }
  | { readonly kind: 'bye'; readonly from: string }
  /** A tab has become the one that holds the connection: who waits says hello again. */
  | { readonly kind: 'leading' }
  | { readonly kind: 'state'; readonly state: LinkState }
  /** `to` null: for everybody. */
  | {
      readonly kind: 'messages';
      readonly to: readonly string[] | null;
      readonly batch: readonly MqttMessage[];
    }
  | {
      readonly kind: 'publish';
      readonly from: string;
      readonly number: number;
      readonly message: OutgoingMessage;
      readonly timeoutMs: number;
    }
  /** `reasonCode` null: the broker did not say; `isSent` false: there was no connection. */
  | {
      readonly kind: 'published';
      readonly to: string;
      readonly number: number;
      readonly reasonCode: number | null;
      readonly isSent: boolean;
    };

export interface TabChannel {
  post(message: TabMessage): void;
  /** The one listener. */
  listen(listener: (message: TabMessage) => void): void;
  close(): void;
}

export function broadcastChannel(name: string): TabChannel {
  const channel = new BroadcastChannel(name);
  return {
    post: (message) => channel.postMessage(message),
    listen: (listener) => {
      channel.onmessage = ({ data }: MessageEvent<TabMessage>) => listener(data);
    },
    close: () => channel.close(),
  };
}
