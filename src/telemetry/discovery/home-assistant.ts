/**
 * Home Assistant's MQTT discovery: configurations say which topic carries what, in which unit, of which device. Understood
 * are numbers (`value_json.a.b` or the bare value) and availability; everything else of a configuration is left alone.
 */
import { decodeObject, listField, objectField, textField, type JsonObject } from '../json-payload.ts';
import { quantityLook, type QuantityLook } from '../quantity-looks.ts';

/** One number that a state topic carries. */
export interface DeclaredQuantity {
  readonly deviceKey: string;
  readonly deviceName: string;
  readonly stateTopic: string;
  /** Path in the JSON, as `numbersIn` writes it; empty for a bare value. */
  readonly path: string;
  readonly quantity: string;
  readonly look: QuantityLook;
}

export interface DeclaredAvailability {
  readonly deviceKey: string;
  readonly topic: string;
  readonly available: string;
  readonly notAvailable: string;
}

export interface Declaration {
  readonly quantities: readonly DeclaredQuantity[];
  readonly availability: readonly DeclaredAvailability[];
}

const maxComponents = 64;
const configTopic = /^([^/]+)\/(device|sensor|binary_sensor|number|climate)\/(?:([^/]+)\/)?([^/]+)\/config$/;

/** Null for a topic that is no configuration, or for one of a kind without numbers. */
export function declarationIn(topic: string, payload: Uint8Array): Declaration | null {
  const match = configTopic.exec(topic);
  if (!match) return null;
  const decoded = decodeObject(payload);
  if (decoded.kind === 'unreadable') return { quantities: [], availability: [] };
  const root = new Config(decoded.value);
  const owner = { key: `ha/${root.deviceId ?? match[3] ?? match[4] ?? ''}`, name: root.deviceName };
  const components = match[2] === 'device' ? root.components : [root];
  const quantities = components.flatMap((component) => component.quantityOf(owner) ?? []);
  return { quantities, availability: root.availabilityOf(owner.key) };
}

interface Owner {
  readonly key: string;
  readonly name: string | null;
}

/** One configuration, whose words may be written out or abbreviated, with what it inherits. */
class Config {
  readonly #own: JsonObject;
  readonly #parent: JsonObject | null;

  constructor(own: JsonObject, parent: JsonObject | null = null) {
    this.#own = own;
    this.#parent = parent;
  }

  get deviceId(): string | null {
    const device = this.#device;
    const ids =
      device && (firstText(listField(device, 'ids')) ?? firstText(listField(device, 'identifiers')));
    return ids ?? (device && (textField(device, 'ids') ?? textField(device, 'identifiers')));
  }

  get deviceName(): string | null {
    return this.#device && textField(this.#device, 'name');
  }

  get components(): Config[] {
    const all = objectField(this.#own, 'cmps') ?? objectField(this.#own, 'components') ?? {};
    return Object.values(all)
      .slice(0, maxComponents)
      .filter((each): each is JsonObject => typeof each === 'object' && each !== null && !Array.isArray(each))
      .map((each) => new Config(each, this.#own));
  }

  quantityOf(owner: Owner): DeclaredQuantity | null {
    const platform = this.#text('p', 'platform');
    if (platform !== null && platform !== 'sensor' && platform !== 'number') return null;
    const stateTopic = this.#topic('stat_t', 'state_topic');
    const path = templatePath(this.#text('val_tpl', 'value_template'));
    if (stateTopic === null || path === null) return null;
    const name = this.#text('name', 'name');
    const deviceClass = this.#text('dev_cla', 'device_class');
    const quantity = (path === '' ? (deviceClass ?? name ?? 'value') : path).slice(0, 64);
    const guess = quantityLook(deviceClass ?? quantity);
    const unit = this.#text('unit_of_meas', 'unit_of_measurement');
    const look = { ...guess, label: name ?? guess.label, unit: unit?.slice(0, 12) ?? guess.unit };
    return {
      deviceKey: owner.key,
      deviceName: owner.name ?? owner.key.slice(3),
      stateTopic,
      path,
      quantity,
      look,
    };
  }

  availabilityOf(deviceKey: string): DeclaredAvailability[] {
    const one = this.#topic('avty_t', 'availability_topic');
    const listed = [...listField(this.#own, 'avty'), ...listField(this.#own, 'availability')]
      .filter((each): each is JsonObject => typeof each === 'object' && each !== null)
      .map((each) => textField(each, 't') ?? textField(each, 'topic'));
    const object = objectField(this.#own, 'avty') ?? objectField(this.#own, 'availability');
    const nested = object && (textField(object, 't') ?? textField(object, 'topic'));
    const available = this.#text('pl_avail', 'payload_available') ?? 'online';
    const notAvailable = this.#text('pl_not_avail', 'payload_not_available') ?? 'offline';
    return [one, nested, ...listed]
      .filter((topic) => topic !== null)
      .slice(0, 4)
      .map((topic) => ({ deviceKey, topic: this.#full(topic), available, notAvailable }));
  }

  get #device(): JsonObject | null {
    return objectField(this.#own, 'dev') ?? objectField(this.#own, 'device');
  }

  #text(short: string, long: string): string | null {
    const own = textField(this.#own, short) ?? textField(this.#own, long);
    if (own !== null || short === 'name' || short === 'p' || !this.#parent) return own;
    return textField(this.#parent, short) ?? textField(this.#parent, long);
  }

  #topic(short: string, long: string): string | null {
    const topic = this.#text(short, long);
    return topic === null || topic === '' ? null : this.#full(topic);
  }

  /** `~` stands for the base topic. */
  #full(topic: string): string {
    const base = this.#text('~', '~');
    if (base === null) return topic;
    return topic.startsWith('~')
      ? base + topic.slice(1)
      : topic.endsWith('~')
        ? topic.slice(0, -1) + base
        : topic;
  }
}

/** The path that a template reads, whatever it rounds or converts afterwards; null for what does not read one value. */
function templatePath(template: string | null): string | null {
  if (template === null) return '';
  if (/\{\{\s*(?:value\b(?!_)|\(?\s*value\s*\|)/.test(template)) return '';
  const path = /value_json((?:\.[A-Za-z_]\w*|\[\s*(?:'[^'\]]+'|"[^"\]]+"|\d+)\s*\])+)/.exec(template)?.[1];
  if (path === undefined) return null;
  return path.replace(/\[\s*['"]?([^'"\]]+?)['"]?\s*\]/g, '.$1').slice(1);
}

const firstText = (list: readonly unknown[]): string | null =>
  (list.find((item) => typeof item === 'string' && item.length <= 128) as string | undefined) ?? null;
