/**
 * The project's live session: one connection to its broker, and from it the state of every device, the series of their
 * readings and what they show of their way up. Commands go out through it (send-command.ts).
 */
import { webUrl } from '../broker/web-url.ts';
import { sightingsFromStatus, sightingsFromTele, type Sighting } from '../commissioning/sighting.ts';
import { parseDeviceTopic, projectFilters } from '../contract/topics.ts';
import type { Project } from '../project/entities.ts';
import { dashboardUser } from '../project/ids.ts';
import type { BrokerSession, LinkState, MqttMessage } from '../ports/broker-link.ts';
import type { DeviceLive } from '../telemetry/device-live.ts';
import { decodeStatus, decodeTele } from '../telemetry/device-messages.ts';
import { LiveBoard } from '../telemetry/live-board.ts';
import type { Series } from '../telemetry/series.ts';
import { toHex } from '../shared/bytes.ts';
import type { Environment } from './environment.ts';
import { openSecretText } from './open-secret.ts';

export type LiveEnvironment = Pick<Environment, 'brokerLink' | 'clock' | 'crypto' | 'store' | 'vaults'>;

export interface LiveOptions {
  /** Another address than the project's own broker, for example the demo's. */
  readonly url?: string;
  /** Evidence for the checklist, see commissioning/bring-ups.ts. */
  readonly onSighting?: (sighting: Sighting) => void;
  readonly signal?: AbortSignal;
}

export interface LiveSession {
  readonly url: string;
  readonly state: LinkState;
  /** Unix ms of the present state's beginning: "trying again in 8 s" counts from it. */
  readonly stateSinceMs: number;
  /** By device id: the project's own from the start, others when they are heard. */
  readonly devices: ReadonlyMap<string, DeviceLive>;
  /** The connection itself, for commands; replies arrive on it. */
  readonly broker: BrokerSession;
  series(deviceId: string, quantity: string): Series | null;
  quantities(deviceId: string): string[];
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
const defaultIntervalMs = 60_000;
const tickMs = 1_000;

/** The WSS address of a project's own broker. */
export const brokerUrl = ({ broker }: Project): string =>
  webUrl(broker.hosts[0] ?? 'localhost', broker.webPort);

/** Throws vault.locked, vault.damaged, live.plain-websocket, live.broker-address; all that happens later is a state. */
export async function openLive(
  env: LiveEnvironment,
  project: Project,
  options: LiveOptions = {},
): Promise<LiveSession> {
  const link = await env.brokerLink();
  const closing = new AbortController();
  const url = options.url ?? brokerUrl(project);
  const password = await openSecretText(env, project.id, project.broker.dashboardPasswordRecord);
  // Every tab is a client of its own: with one id they would throw each other off the broker.
  const clientId = `${dashboardUser}-${toHex(env.crypto.getRandomValues(new Uint8Array(6)))}`;
  const login = { clientId, username: dashboardUser, password };
  const broker = link.open({ url }, login, projectFilters(project.id), closing.signal);
  return new Live({ env, project, broker, url, closing, options });
}

interface LiveParts {
  readonly env: Pick<LiveEnvironment, 'clock'>;
  readonly project: Project;
  readonly broker: BrokerSession;
  readonly url: string;
  readonly closing: AbortController;
  readonly options: LiveOptions;
}

class Live implements LiveSession {
  readonly broker: BrokerSession;
  readonly url: string;
  readonly #parts: LiveParts;
  readonly #board: LiveBoard;
  readonly #listeners = new Set<() => void>();
  #state: LinkState = { kind: 'connecting' };
  #stateSinceMs: number;

  constructor(parts: LiveParts) {
    this.#parts = parts;
    this.broker = parts.broker;
    this.url = parts.url;
    this.#stateSinceMs = parts.env.clock.nowMs();
    this.#board = new LiveBoard({
      projectId: parts.project.id,
      intervalMs: (deviceId) => intervalOf(parts.project, deviceId),
      seriesCapacity,
      iot2: null,
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
    const { onSighting } = this.#parts.options;
    if (onSighting)
      for (const message of batch) sightingsFrom(message, this.#parts.project.id).forEach(onSighting);
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

function intervalOf(project: Project, deviceId: string): number {
  const sensor = project.devices.find((device) => device.id === deviceId)?.settings.sensor;
  // Without a sensor only `health` is heard, once a minute.
  return sensor && sensor.type !== 'none' ? sensor.everyS * 1000 : defaultIntervalMs;
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
