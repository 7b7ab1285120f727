/** One attempt at a time on a broker, for the doctor. Adapter: platform/mqtt (the browser's WebSocket and mqtt.js). */
import type { RunOptions } from '../shared/outcome.ts';
import type { BrokerLogin } from './broker-link.ts';

/** `blocked`: the page's Content Security Policy stopped it; `silent`: nothing happened in the time given. */
export interface ProbeDial {
  readonly end: 'opened' | 'closed' | 'silent' | 'blocked';
  /** Of the close event; null without one. */
  readonly closeCode: number | null;
  readonly tookMs: number;
}

export interface ProbeTrial {
  readonly url: string;
  readonly login: BrokerLogin;
  /** Subscribed to first. */
  readonly topics: readonly string[];
  /** Then an empty message is sent here (QoS 1, not retained), and waited for; null sends none. */
  readonly echoTopic: string | null;
}

export interface ProbeSession {
  readonly connackCode: number | null;
  readonly isLoggedIn: boolean;
  readonly areSubscriptionsRefused: boolean;
  readonly publishCode: number | null;
  readonly isEchoed: boolean | null;
}

export interface BrokerProbe {
  /** Opens a WebSocket and closes it again; says nothing on it. Never throws. */
  dial(url: string, options: RunOptions): Promise<ProbeDial>;
  /** Logs in with MQTT 5, and with 3.1.1 where that is not understood. Never throws. */
  tryOut(trial: ProbeTrial, options: RunOptions): Promise<ProbeSession>;
}
