/**
 * All devices of a project from the messages of the broker: routes each message to its device, keeps the series, counts
 * what was unreadable. Bounded: strangers on the broker cannot fill the page's memory.
 */
import { parseDeviceTopic } from '../contract/topics.ts';
import type { MqttMessage } from '../ports/broker-link.ts';
import {
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
import { decodeIot2, iot2EventTopic } from './device-messages.ts';
import type { Readings, Values } from './readings.ts';
import { Series } from './series.ts';

export interface LiveBoardOptions {
  readonly projectId: string;
  /** Time between two readings as the device is configured, in ms. */
  readonly intervalMs: (deviceId: string) => number;
  /** Points kept per quantity. */
  readonly seriesCapacity: number;
  /** Device that readings in form `iot2` count for: their topic names none. */
  readonly iot2: { readonly deviceId: string; readonly unit: 'C' | 'F' } | null;
}

const maxDevices = 2_000;
const maxSeriesPerDevice = 32;

export class LiveBoard {
  readonly #options: LiveBoardOptions;
  readonly #devices = new Map<string, DeviceLive>();
  readonly #series = new Map<string, Map<string, Series>>();
  #strange = 0;

  constructor(options: LiveBoardOptions) {
    this.#options = options;
  }

  /** A live view: the map changes, the devices in it do not. */
  get devices(): ReadonlyMap<string, DeviceLive> {
    return this.#devices;
  }

  /** Messages on topics of another form, or of devices beyond the limit. */
  get strangeMessages(): number {
    return this.#strange;
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
      const deviceId = this.#acceptOne(message);
      if (deviceId === null) this.#strange += 1;
      else changed.add(deviceId);
    }
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

  #acceptOne(message: MqttMessage): string | null {
    if (message.topic === iot2EventTopic && this.#options.iot2) return this.#acceptIot2(message);
    const topic = parseDeviceTopic(message.topic);
    if (topic?.projectId !== this.#options.projectId || topic.leaf === 'cmd') return null;
    const device = this.#devices.get(topic.deviceId) ?? this.#newDevice(topic.deviceId);
    if (!device) return null;
    this.#devices.set(topic.deviceId, this.#reduce(device, topic.leaf, message));
    return topic.deviceId;
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
        return next;
      }
    }
  }

  #acceptIot2(message: MqttMessage): string | null {
    const { deviceId, unit } = this.#options.iot2 ?? { deviceId: '', unit: 'C' };
    const device = this.#devices.get(deviceId) ?? this.#newDevice(deviceId);
    if (!device) return null;
    const decoded = decodeIot2(message.payload, unit);
    if (decoded.kind === 'unreadable') {
      this.#devices.set(deviceId, asUnreadable(device, 'iot-2', decoded.reason, message.atMs));
    } else this.#acceptFound(device, decoded.value, message);
    return deviceId;
  }

  #acceptFound(device: DeviceLive, found: Readings, message: MqttMessage): void {
    this.#devices.set(device.deviceId, acceptReadings(device, found, message));
    if (!message.retained) this.#append(device.deviceId, found.values, message.atMs);
  }

  #newDevice(deviceId: string): DeviceLive | null {
    if (this.#devices.size >= maxDevices) return null;
    const device = newDeviceLive(deviceId, this.#options.intervalMs(deviceId));
    this.#devices.set(deviceId, device);
    return device;
  }

  #append(deviceId: string, values: Values, atMs: number): void {
    const known = this.#series.get(deviceId) ?? new Map<string, Series>();
    this.#series.set(deviceId, known);
    for (const [quantity, value] of Object.entries(values)) {
      let series = known.get(quantity);
      if (!series) {
        if (known.size >= maxSeriesPerDevice) continue;
        series = new Series({ capacity: this.#options.seriesCapacity });
        known.set(quantity, series);
      }
      series.append(atMs, value);
    }
  }
}
