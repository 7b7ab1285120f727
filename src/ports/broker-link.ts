/** The browser's side of an MQTT broker. Adapters: platform/mqtt (mqtt.js over WSS, or over the in-page broker). */
import type { RunOptions } from '../shared/outcome.ts';

export interface BrokerTarget {
  /** wss://host:port, or the in-page broker's own scheme. */
  readonly url: string;
  /** Tabs that give the same name share one connection; absent: this tab connects for itself. */
  readonly shareAs?: string;
}

export interface BrokerLogin {
  readonly clientId: string;
  readonly username: string;
  readonly password: string;
}

export type LinkState =
  | { readonly kind: 'connecting' }
  /** `through`: another tab of this browser holds the connection and passes everything on. */
  | { readonly kind: 'connected'; readonly through?: 'another-tab' }
  | { readonly kind: 'waiting'; readonly retryInMs: number; readonly reason: LinkFailure }
  | { readonly kind: 'refused'; readonly reason: LinkFailure }
  | { readonly kind: 'closed' };

/** What a browser can tell of a failed connection. `unreachable` covers all that Chrome reports as 1006. */
export type LinkFailure = 'unreachable' | 'password' | 'not-authorised' | 'protocol' | 'lost';

export interface MqttMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly retained: boolean;
  /** As it was delivered; absent where nobody asked. */
  readonly qos?: 0 | 1 | 2;
  /** Unix time in ms at arrival in the page. */
  readonly atMs: number;
}

export interface OutgoingMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1;
}

export interface BrokerLink {
  open(
    target: BrokerTarget,
    login: BrokerLogin,
    topics: readonly string[],
    signal: AbortSignal,
  ): BrokerSession;
}

export interface BrokerSession {
  /** Calls at once with the present state; returns the unsubscriber. */
  onState(listener: (state: LinkState) => void): () => void;
  onMessages(listener: (batch: readonly MqttMessage[]) => void): () => void;
  /** MQTT 5 reason code of the PUBACK: 0 done, 135 not authorised by the ACL. Never retained. */
  publish(message: OutgoingMessage, options: RunOptions): Promise<{ reasonCode: number }>;
  close(): Promise<void>;
}

/** A session that can ask the broker once more for what it keeps. */
export interface RefreshableSession extends BrokerSession {
  /** Every retained message of the subscribed topics arrives again, flagged as retained. */
  refresh(): void;
}
