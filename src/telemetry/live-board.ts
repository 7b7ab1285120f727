/**
 * All devices from the messages of a broker: the project's own by their topics, others by what is found in theirs. Routes
 * each message to its device, keeps the series, counts what was unreadable. Bounded: strangers on the broker cannot fill
 * the page's memory.
 */
import { parseDeviceTopic } from '../contract/topics.ts';
import type { MqttMessage } from '../ports/broker-link.ts';
import {
  acceptAvailability,
  acceptFound,
  acceptHealth,
  acceptReadings,
  acceptStatus,
  acceptTele,
  afterSilence,
  asUnreadable,
  heard,
  newDeviceLive,
  type DeviceLive,
} from './device-live.ts';
import { decodeIot2, decodeTele, iot2EventTopic } from './device-messages.ts';
import { Finder, type Found } from './discovery/finder.ts';
import type { Sample } from './history/sample.ts';
import type { QuantityLook } from './quantity-looks.ts';
import type { Readings, Values } from './readings.ts';
import { PointBudget, Series } from './series.ts';

export interface LiveBoardOptions {
  readonly projectId: string;
  /** Time between two readings as the device is configured, in ms. */
  readonly intervalMs: (deviceId: string) => number;
  /** Points kept per quantity. */
  readonly seriesCapacity: number;
  /** Device that readings in form `iot2` count for: their topic names none. */
  readonly iot2: { readonly deviceId: string; readonly unit: 'C' | 'F' } | null;
  /** What is new, once a batch, to be kept (history/recorder.ts) and watched (alerts/watch.ts). */
  readonly onSamples?: (samples: readonly Sample[]) => void;
}

/** The project's own devices are kept however many they are; of others no more than this. */
const maxFoundDevices = 1_000;
const maxSeriesPerDevice = 48;
const maxSeries = 12_000;
/** Of 16 bytes, over all series: when they are used up, series stop growing and forget their oldest points. */
const maxPoints = 4_000_000;

export interface LeftOut {
  /** Messages of further devices than are kept. */
  readonly ofDevices: number;
  /** Numbers that would have begun a further series. */
  readonly ofSeries: number;
}

export class LiveBoard {
  readonly #options: LiveBoardOptions;
  readonly #devices = new Map<string, DeviceLive>();
  readonly #series = new Map<string, Map<string, Series>>();
  readonly #budget = new PointBudget(maxPoints);
  readonly #finder = new Finder();
  readonly #names = new Map<string, string>();
  /** Heard before the device's first reading; bounded like the devices. */
  readonly #saidEarlier = new Map<string, boolean>();
  #strange = 0;
  #seriesCount = 0;
  #leftOutDevices = 0;
  #leftOutSeries = 0;
  #samples: Sample[] = [];

  constructor(options: LiveBoardOptions) {
    this.#options = options;
  }

  /** A live view: the map changes, the devices in it do not. */
  get devices(): ReadonlyMap<string, DeviceLive> {
    return this.#devices;
  }

  /** Messages that are nobody's reading, or of devices beyond the limit. */
  get strangeMessages(): number {
    return this.#strange;
  }

  get leftOut(): LeftOut {
    return { ofDevices: this.#leftOutDevices, ofSeries: this.#leftOutSeries };
  }

  /** How people call it: a project's device by its id, a found one as it or its topic says. */
  nameOf(deviceId: string): string {
    return this.#names.get(deviceId) ?? deviceId;
  }

  /** What a quantity is called and measured in. */
  look(deviceId: string, quantity: string): QuantityLook {
    return this.#finder.look(deviceId, quantity, this.#devices.get(deviceId)?.readings[quantity]?.value);
  }

  series(deviceId: string, quantity: string): Series | null {
    return this.#series.get(deviceId)?.get(quantity) ?? null;
  }

  quantities(deviceId: string): string[] {
    return [...(this.#series.get(deviceId)?.keys() ?? [])];
  }

  /** Never throws, whatever the payloads are. Returns the devices that changed. */
  accept(batch: readonly MqttMessage[]): ReadonlySet<string> {
    const changed = new Set<string>();
    for (const message of batch) {
      const deviceIds = this.#acceptOne(message);
      if (deviceIds.length === 0) this.#strange += 1;
      for (const deviceId of deviceIds) changed.add(deviceId);
    }
    this.#report();
    return changed;
  }

  /** Readings from the device's serial line; left out while the broker brings the same ones. */
  acceptLocal(deviceId: string, values: Values, atMs: number): void {
    const device = this.#devices.get(deviceId) ?? this.#newDevice(deviceId);
    if (!device || device.presence.kind === 'online') return;
    const arrival = { atMs, retained: false };
    // The cable says nothing about the broker: the presence stays what it was.
    this.#devices.set(deviceId, {
      ...acceptReadings(device, { values, rejected: [] }, arrival),
      presence: device.presence,
      lastHeardMs: device.lastHeardMs,
    });
    this.#append(deviceId, values, atMs);
    this.#report();
  }

  /** The device's clock, known to the millisecond from a reply. */
  noteClock(deviceId: string, offsetMs: number): void {
    const device = this.#devices.get(deviceId);
    if (device) this.#devices.set(deviceId, { ...device, clockOffsetMs: offsetMs });
  }

  /** Call about once a second: finds who fell silent. Returns the devices that changed. */
  tick(nowMs: number): ReadonlySet<string> {
    const changed = new Set<string>();
    for (const [deviceId, device] of this.#devices) {
      const next = afterSilence(device, nowMs);
      if (next === device) continue;
      this.#devices.set(deviceId, next);
      changed.add(deviceId);
    }
    return changed;
  }

  /** The devices that it was about. */
  #acceptOne(message: MqttMessage): readonly string[] {
    if (message.topic === iot2EventTopic && this.#options.iot2) return this.#acceptIot2(message);
    const topic = parseDeviceTopic(message.topic);
    if (!topic) return this.#finder.find(message).flatMap((found) => this.#acceptOther(found, message) ?? []);
    if (topic.leaf === 'cmd') return [];
    const deviceId =
      topic.projectId === this.#options.projectId ? topic.deviceId : `~${topic.projectId}/${topic.deviceId}`;
    const device = this.#devices.get(deviceId) ?? this.#newDevice(deviceId);
    if (!device) return [];
    this.#devices.set(deviceId, this.#reduce(device, topic.leaf, message));
    return [deviceId];
  }

  /** Null for what begins no device: availability without a reading, or one too many. */
  #acceptOther(found: Found, message: MqttMessage): string | null {
    const { deviceId, isAvailable } = found;
    const known = this.#devices.get(deviceId);
    if (isAvailable !== null) {
      if (!known && this.#saidEarlier.size < maxFoundDevices) this.#saidEarlier.set(deviceId, isAvailable);
      if (!known) return null;
      this.#devices.set(deviceId, acceptAvailability(known, isAvailable, message));
      return deviceId;
    }
    const device = known ?? this.#newDevice(deviceId);
    if (!device) return null;
    this.#names.set(deviceId, found.name);
    const said = known ? undefined : this.#saidEarlier.get(deviceId);
    const begun =
      said === undefined ? device : acceptAvailability(device, said, { ...message, retained: true });
    this.#devices.set(
      deviceId,
      acceptFound(begun, { values: this.#roomFor(deviceId, found.values), rejected: [] }, message),
    );
    this.#appendFound(deviceId, Object.fromEntries(found.values), message);
    return deviceId;
  }

  /** A device with many names shows no more of them than it has series. */
  #roomFor(deviceId: string, values: ReadonlyMap<string, number>): Values {
    const readings = this.#devices.get(deviceId)?.readings ?? {};
    let room = maxSeriesPerDevice - Object.keys(readings).length;
    const taken = [...values].filter(([name]) => Object.hasOwn(readings, name) || room-- > 0);
    return Object.fromEntries(taken);
  }

  #reduce(
    device: DeviceLive,
    leaf: 'tele' | 'status' | 'reply' | 'health',
    message: MqttMessage,
  ): DeviceLive {
    switch (leaf) {
      case 'status':
        return acceptStatus(device, message);
      case 'health':
        return acceptHealth(device, message);
      case 'reply':
        return message.retained ? device : heard(device, message.atMs);
      case 'tele': {
        const { device: next, tele } = acceptTele(device, message);
        if (tele) this.#append(device.deviceId, tele.values, message.atMs);
        else if (message.retained) this.#reportRetained(device.deviceId, message);
        return next;
      }
    }
  }

  #acceptIot2(message: MqttMessage): readonly string[] {
    const { deviceId, unit } = this.#options.iot2 ?? { deviceId: '', unit: 'C' };
    const device = this.#devices.get(deviceId) ?? this.#newDevice(deviceId);
    if (!device) return [];
    const decoded = decodeIot2(message.payload, unit);
    if (decoded.kind === 'unreadable') {
      this.#devices.set(deviceId, asUnreadable(device, 'iot-2', decoded.reason, message.atMs));
    } else this.#acceptReadings(device, decoded.value, message);
    return [deviceId];
  }

  #acceptReadings(device: DeviceLive, found: Readings, message: MqttMessage): void {
    this.#devices.set(device.deviceId, acceptReadings(device, found, message));
    this.#appendFound(device.deviceId, found.values, message);
  }

  #newDevice(deviceId: string): DeviceLive | null {
    const isFound = deviceId.startsWith('~');
    if (this.#devices.size >= (isFound ? maxFoundDevices : 2 * maxFoundDevices)) {
      this.#leftOutDevices += 1;
      return null;
    }
    const device = newDeviceLive(deviceId, this.#options.intervalMs(deviceId));
    this.#devices.set(deviceId, device);
    if (isFound) this.#names.set(deviceId, deviceId.slice(1));
    return device;
  }

  /** What the broker had kept is no point of the live series: it is told apart. */
  #appendFound(deviceId: string, values: Values, { retained, atMs }: MqttMessage): void {
    if (!retained) this.#append(deviceId, values, atMs);
    else
      for (const [quantity, value] of Object.entries(values))
        this.#samples.push({ deviceId, quantity, atMs, value, source: 'retained' });
  }

  #reportRetained(deviceId: string, message: MqttMessage): void {
    const decoded = decodeTele(message.payload);
    if (decoded.kind === 'ok') this.#appendFound(deviceId, decoded.value.values, message);
  }

  #report(): void {
    const samples = this.#samples;
    this.#samples = [];
    if (samples.length > 0) this.#options.onSamples?.(samples);
  }

  #append(deviceId: string, values: Values, atMs: number): void {
    const known = this.#series.get(deviceId) ?? new Map<string, Series>();
    this.#series.set(deviceId, known);
    for (const [quantity, value] of Object.entries(values)) {
      const series = known.get(quantity) ?? this.#newSeries(known, quantity);
      series?.append(atMs, value);
      if (series) this.#samples.push({ deviceId, quantity, atMs, value, source: 'live' });
    }
  }

  #newSeries(known: Map<string, Series>, quantity: string): Series | null {
    if (known.size >= maxSeriesPerDevice || this.#seriesCount >= maxSeries) {
      this.#leftOutSeries += 1;
      return null;
    }
    const series = new Series({ capacity: this.#options.seriesCapacity, budget: this.#budget });
    known.set(quantity, series);
    this.#seriesCount += 1;
    return series;
  }
}
