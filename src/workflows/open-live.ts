/**
 * A live session: one connection to a broker, and from it the state of every device, the series of their readings and
 * what they show of their way up. Commands go out through it (send-command.ts).
 */
import { sightingsFromStatus, sightingsFromTele, type Sighting } from '../commissioning/sighting.ts';
import { parseDeviceTopic } from '../contract/topics.ts';
import type { Project } from '../project/entities.ts';
import type { BrokerSession, LinkState, MqttMessage } from '../ports/broker-link.ts';
import type { DeviceLive } from '../telemetry/device-live.ts';
import { decodeStatus, decodeTele } from '../telemetry/device-messages.ts';
import type { Sample } from '../telemetry/history/sample.ts';
import { LiveBoard, type LeftOut } from '../telemetry/live-board.ts';
import type { QuantityLook } from '../telemetry/quantity-looks.ts';
import type { Series } from '../telemetry/series.ts';
import { TopicLog } from '../telemetry/topic-log.ts';
import { toHex } from '../shared/bytes.ts';
import type { Environment } from './environment.ts';
import { projectSource, type LiveSource } from './live-source.ts';

export { brokerUrl } from './live-source.ts';

export type LiveEnvironment = Pick<Environment, 'brokerLink' | 'clock' | 'crypto' | 'store' | 'vaults'>;

export interface LiveOptions {
  /** Another address than the project's own broker, for example the demo's. */
  readonly url?: string;
  /** Evidence for the checklist, see commissioning/bring-ups.ts. */
  readonly onSighting?: (sighting: Sighting) => void;
  /** What is to be kept and watched (keep-history.ts). */
  readonly onSamples?: (samples: readonly Sample[]) => void;
  readonly signal?: AbortSignal;
}

export interface LiveSession {
  readonly url: string;
  readonly state: LinkState;
  /** Unix ms of the present state's beginning: "trying again in 8 s" counts from it. */
  readonly stateSinceMs: number;
  /** By device id: those that were heard. Found ones begin with `~`. */
  readonly devices: ReadonlyMap<string, DeviceLive>;
  /** The connection itself, for commands; replies arrive on it. */
  readonly broker: BrokerSession;
  series(deviceId: string, quantity: string): Series | null;
  quantities(deviceId: string): string[];
  /** What a quantity is called and measured in, as it was declared or as its name says. */
  look(deviceId: string, quantity: string): QuantityLook;
  nameOf(deviceId: string): string;
  /** Every topic with its last payloads. */
  readonly topics: TopicLog;
  /** What went beyond the limits of devices and series. */
  readonly leftOut: LeftOut;
  /** A reading that came over the cable: shown while the broker does not bring the same. */
  addLocalReading(deviceId: string, values: Readonly<Record<string, number>>): void;
  /** The device's clock minus the page's, in ms, as a reply told it. */
  noteClock(deviceId: string, offsetMs: number): void;
  /** Calls after every change, at most once per batch of messages; returns the unsubscriber. */
  subscribe(listener: () => void): () => void;
  close(): Promise<void>;
}

/** Points kept per series: 24 hours at one reading in 10 s. */
const seriesCapacity = 8_640;
const tickMs = 1_000;

/** Throws vault.locked, vault.damaged, live.plain-websocket, live.broker-address; all that happens later is a state. */
export async function openLive(
  env: LiveEnvironment,
  project: Project,
  options: LiveOptions = {},
): Promise<LiveSession> {
  if (options.url === undefined) return openLiveSource(env, await projectSource(env, project), options);
  // Another address than the project's is never a hosted one: the demo's own broker, for example.
  const own = { ...project, broker: { ...project.broker, hosted: null } };
  const source = await projectSource(env, own);
  return openLiveSource(env, { ...source, url: options.url }, options);
}

/** Throws live.plain-websocket, live.broker-address; all that happens later is a state. */
export async function openLiveSource(
  env: Pick<LiveEnvironment, 'brokerLink' | 'clock' | 'crypto'>,
  source: LiveSource,
  options: Omit<LiveOptions, 'url'> = {},
): Promise<LiveSession> {
  const link = await env.brokerLink();
  const closing = new AbortController();
  const { url, shareAs, username, password, topics } = source;
  // Every tab is a client of its own: with one id they would throw each other off the broker.
  const clientId = `${username || 'signet'}-${toHex(env.crypto.getRandomValues(new Uint8Array(6)))}`;
  const broker = link.open({ url, shareAs }, { clientId, username, password }, topics, closing.signal);
  return new Live({ env, source, broker, closing, options });
}

interface LiveParts {
  readonly env: Pick<LiveEnvironment, 'clock'>;
  readonly source: LiveSource;
  readonly broker: BrokerSession;
  readonly closing: AbortController;
  readonly options: LiveOptions;
}

class Live implements LiveSession {
  readonly broker: BrokerSession;
  readonly url: string;
  readonly topics = new TopicLog();
  readonly #parts: LiveParts;
  readonly #board: LiveBoard;
  readonly #listeners = new Set<() => void>();
  #state: LinkState = { kind: 'connecting' };
  #stateSinceMs: number;

  constructor(parts: LiveParts) {
    this.#parts = parts;
    this.broker = parts.broker;
    this.url = parts.source.url;
    this.#stateSinceMs = parts.env.clock.nowMs();
    this.#board = new LiveBoard({
      projectId: parts.source.projectId,
      intervalMs: parts.source.intervalMs,
      seriesCapacity,
      iot2: null,
      onSamples: (samples) => parts.options.onSamples?.(samples),
    });
    this.broker.onState((state) => this.#become(state));
    this.broker.onMessages((batch) => this.#accept(batch));
    const close = (): void => void this.close();
    parts.options.signal?.addEventListener('abort', close, { once: true, signal: parts.closing.signal });
    if (parts.options.signal?.aborted) close();
    void this.#watchSilence();
  }

  get state(): LinkState {
    return this.#state;
  }

  get stateSinceMs(): number {
    return this.#stateSinceMs;
  }

  get devices(): ReadonlyMap<string, DeviceLive> {
    return this.#board.devices;
  }

  series(deviceId: string, quantity: string): Series | null {
    return this.#board.series(deviceId, quantity);
  }

  quantities(deviceId: string): string[] {
    return this.#board.quantities(deviceId);
  }

  look(deviceId: string, quantity: string): QuantityLook {
    return this.#board.look(deviceId, quantity);
  }

  nameOf(deviceId: string): string {
    return this.#board.nameOf(deviceId);
  }

  get leftOut(): LeftOut {
    return this.#board.leftOut;
  }

  addLocalReading(deviceId: string, values: Readonly<Record<string, number>>): void {
    this.#board.acceptLocal(deviceId, values, this.#parts.env.clock.nowMs());
    this.#tell();
  }

  noteClock(deviceId: string, offsetMs: number): void {
    this.#board.noteClock(deviceId, offsetMs);
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#parts.closing.abort();
    await this.broker.close();
    this.#listeners.clear();
  }

  #become(state: LinkState): void {
    this.#state = state;
    this.#stateSinceMs = this.#parts.env.clock.nowMs();
    this.#tell();
  }

  #accept(batch: readonly MqttMessage[]): void {
    this.#board.accept(batch);
    this.topics.accept(batch);
    const { onSighting } = this.#parts.options;
    if (onSighting)
      for (const message of batch) sightingsFrom(message, this.#parts.source.projectId).forEach(onSighting);
    this.#tell();
  }

  async #watchSilence(): Promise<void> {
    const { clock } = this.#parts.env;
    const { signal } = this.#parts.closing;
    while (!signal.aborted) {
      await clock.sleep(tickMs, signal);
      if (this.#board.tick(clock.nowMs()).size > 0) this.#tell();
    }
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

function sightingsFrom(message: MqttMessage, projectId: string): readonly Sighting[] {
  const topic = parseDeviceTopic(message.topic);
  if (topic?.projectId !== projectId) return [];
  const about = { deviceId: topic.deviceId, atMs: message.atMs, retained: message.retained };
  if (topic.leaf === 'status') {
    const status = decodeStatus(message.payload);
    return status.kind === 'ok' ? sightingsFromStatus({ ...about, ...status.value }) : [];
  }
  if (topic.leaf !== 'tele') return [];
  const tele = decodeTele(message.payload);
  return tele.kind === 'ok' ? sightingsFromTele({ ...about, ...tele.value }) : [];
}
