/**
 * BrokerProbe over the browser's WebSocket and mqtt.js: a single attempt that tells how far it came. Nothing is kept
 * alive, nothing is tried again by itself, nothing is published retained.
 */
import type { BrokerProbe, ProbeDial, ProbeSession, ProbeTrial } from '../../ports/broker-probe.ts';
import type { Clock } from '../../shared/clock.ts';
import type { RunOptions } from '../../shared/outcome.ts';
import { startConnection, type Connection, type CreateSocket } from './connection.ts';
import type { ConnectionEnd, MqttVersion } from './connection-end.ts';
import { dialSocket, type DialTools, type OnPolicyViolation } from './socket-dial.ts';

export interface MqttBrokerProbeOptions {
  readonly clock: Clock;
  /** Another WebSocket than the browser's: the in-page broker of the demo. */
  readonly createSocket?: CreateSocket;
  readonly onPolicyViolation?: OnPolicyViolation;
}

/** How long a message may take from its sender to its sender. */
const echoMs = 2_000;

export class MqttBrokerProbe implements BrokerProbe {
  readonly #tools: DialTools;

  constructor({ clock, createSocket, onPolicyViolation }: MqttBrokerProbeOptions) {
    this.#tools = {
      clock,
      createSocket: createSocket ?? ((url, subprotocols) => new WebSocket(url, subprotocols)),
      onPolicyViolation: onPolicyViolation ?? (() => () => undefined),
    };
  }

  dial(url: string, options: RunOptions): Promise<ProbeDial> {
    return dialSocket(url, this.#tools, options);
  }

  async tryOut(trial: ProbeTrial, options: RunOptions): Promise<ProbeSession> {
    const first = await this.#once(trial, 5, options);
    // A broker that knows only 3.1.1 may close without a word, or with a code of that version.
    const isMute = !first.isLoggedIn && !first.areSubscriptionsRefused;
    const isOld = first.connackCode === 1 || first.connackCode === 132;
    return isOld || (isMute && first.connackCode === null) ? this.#once(trial, 4, options) : first;
  }

  #once(trial: ProbeTrial, version: MqttVersion, options: RunOptions): Promise<ProbeSession> {
    const { clock, createSocket } = this.#tools;
    const topics = trial.echoTopic === null ? trial.topics : [...trial.topics, trial.echoTopic];
    let echoed = (): void => undefined;
    const echo = new Promise<boolean>((resolve) => (echoed = () => resolve(true)));
    return new Promise((resolve) => {
      const finish = (session: ProbeSession): void => {
        options.signal.removeEventListener('abort', giveUp);
        resolve(session);
      };
      const giveUp = (): void => connection.end(true);
      const connection = startConnection(
        { ...trial, topics, version, connectTimeoutMs: options.timeoutMs, createSocket, clock },
        {
          onReady: () => void tryRights(connection, trial, { echo, clock }).then(finish),
          onMessage: ({ topic }) => (topic === trial.echoTopic ? echoed() : undefined),
          onEnd: (end) => finish(sessionOf(end)),
        },
      );
      options.signal.addEventListener('abort', giveUp, { once: true });
      if (options.signal.aborted) giveUp();
    });
  }
}

const sessionOf = (end: ConnectionEnd): ProbeSession => ({
  connackCode: end.connackCode,
  isLoggedIn: end.wasReady,
  areSubscriptionsRefused: end.subscriptionsRefused,
  publishCode: null,
  isEchoed: null,
});

interface EchoTools {
  readonly echo: Promise<boolean>;
  readonly clock: Clock;
}

async function tryRights(
  connection: Connection,
  { echoTopic }: ProbeTrial,
  { echo, clock }: EchoTools,
): Promise<ProbeSession> {
  const loggedIn = { connackCode: null, isLoggedIn: true, areSubscriptionsRefused: false };
  const over = new AbortController();
  try {
    if (echoTopic === null) return { ...loggedIn, publishCode: null, isEchoed: null };
    const late = clock.sleep(echoMs, over.signal);
    const sent = connection.publish({ topic: echoTopic, payload: new Uint8Array(), qos: 1 });
    const publishCode = await Promise.race([sent, late.then(() => null)]);
    const isEchoed = await Promise.race([echo, late.then(() => false)]);
    return { ...loggedIn, publishCode, isEchoed: publishCode === null ? null : isEchoed };
  } finally {
    over.abort();
    connection.end(false);
  }
}
