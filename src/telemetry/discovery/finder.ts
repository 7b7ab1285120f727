/**
 * Finds devices in what arrives on any topic: numbers, availability, and what Home Assistant's discovery declares of them.
 * Keeps only the declarations, within bounds; devices and series are live-board.ts's. Never throws.
 */
import type { MqttMessage } from '../../ports/broker-link.ts';
import { fromUtf8 } from '../../shared/bytes.ts';
import { quantityLook, type QuantityLook } from '../quantity-looks.ts';
import { declarationIn, type DeclaredAvailability, type DeclaredQuantity } from './home-assistant.ts';
import { numbersIn, type FoundNumbers } from './number-paths.ts';
import { availabilityOwner, ownerOf } from './topic-device.ts';

export interface Found {
  /** Holds a slash or is no legal id of a project's device; the prefix `~` keeps the two apart. */
  readonly deviceId: string;
  /** As the device's makers or the topic call it. */
  readonly name: string;
  /** Quantity to value. */
  readonly values: ReadonlyMap<string, number>;
  /** What the device's own broker messages say of it; null when they say nothing. */
  readonly isAvailable: boolean | null;
}

const maxDeclarations = 4_000;

export class Finder {
  readonly #quantities = new Map<string, DeclaredQuantity[]>();
  readonly #availability = new Map<string, DeclaredAvailability>();
  readonly #looks = new Map<string, QuantityLook>();
  #declared = 0;

  /** What was declared of a quantity, else what its name says. */
  look(deviceId: string, quantity: string, value?: number): QuantityLook {
    return this.#looks.get(`${deviceId} ${quantity}`) ?? quantityLook(quantity, value);
  }

  /** Empty when the message is nobody's reading. */
  find(message: Pick<MqttMessage, 'topic' | 'payload'>): readonly Found[] {
    const declaration = declarationIn(message.topic, message.payload);
    if (declaration) {
      for (const quantity of declaration.quantities) this.#declare(quantity);
      for (const availability of declaration.availability) this.#watch(availability);
      return [];
    }
    const said = this.#availabilityOf(message);
    if (said) return [said];
    const numbers = numbersIn(message.payload);
    if (!numbers) return [];
    return this.#declaredIn(message.topic, numbers) ?? this.#undeclaredIn(message.topic, numbers);
  }

  #declare(quantity: DeclaredQuantity): void {
    const known = this.#quantities.get(quantity.stateTopic) ?? [];
    const others = known.filter(
      ({ path, deviceKey }) => path !== quantity.path || deviceKey !== quantity.deviceKey,
    );
    if (others.length === known.length) {
      if (this.#declared >= maxDeclarations) return;
      this.#declared += 1;
    }
    this.#quantities.set(quantity.stateTopic, [...others, quantity]);
    this.#looks.set(`~${quantity.deviceKey} ${quantity.quantity}`, quantity.look);
  }

  #watch(availability: DeclaredAvailability): void {
    if (this.#availability.size < maxDeclarations) this.#availability.set(availability.topic, availability);
  }

  #availabilityOf({ topic, payload }: Pick<MqttMessage, 'topic' | 'payload'>): Found | null {
    if (payload.length > 64) return null;
    const text = textOf(payload);
    if (text === null) return null;
    const declared = this.#availability.get(topic);
    if (declared) {
      if (text !== declared.available && text !== declared.notAvailable) return null;
      return aboutPresence(declared.deviceKey, text === declared.available);
    }
    const isAvailable = availabilityWord(text);
    const owner = isAvailable === null ? null : availabilityOwner(topic);
    return owner === null ? null : aboutPresence(owner, isAvailable);
  }

  /** Null when Home Assistant knows nothing of the topic. */
  #declaredIn(topic: string, { numbers }: FoundNumbers): readonly Found[] | null {
    const declared = this.#quantities.get(topic);
    if (!declared) return null;
    const byDevice = new Map<string, { name: string; values: Map<string, number> }>();
    for (const { deviceKey, deviceName, path, quantity } of declared) {
      const value = numbers.find((number) => number.path === path)?.value;
      if (value === undefined) continue;
      const device = byDevice.get(deviceKey) ?? { name: deviceName, values: new Map<string, number>() };
      byDevice.set(deviceKey, device);
      device.values.set(quantity, value);
    }
    return [...byDevice].map(([key, { name, values }]) => ({
      deviceId: `~${key}`,
      name,
      values,
      isAvailable: null,
    }));
  }

  #undeclaredIn(topic: string, { numbers }: FoundNumbers): readonly Found[] {
    const owner = ownerOf(topic, numbers[0]?.path === '');
    if (!owner) return [];
    const values = new Map<string, number>();
    for (const { path, value } of numbers) values.set(quantityName(owner, path), value);
    return [{ deviceId: `~${owner.key}`, name: owner.key, values, isAvailable: null }];
  }
}

const aboutPresence = (key: string, isAvailable: boolean | null): Found => ({
  deviceId: `~${key}`,
  name: key,
  values: new Map(),
  isAvailable,
});

/** `d` around Watson's readings is no part of their names. */
function quantityName(
  { key, quantity }: { readonly key: string; readonly quantity: string },
  path: string,
): string {
  const own = key.startsWith('iot-2') ? path.replace(/^d\./, '') : path;
  return ([quantity, own].filter((part) => part !== '').join('.') || 'value').slice(0, 96);
}

function availabilityWord(text: string): boolean | null {
  const word = /^\{\s*"state"\s*:\s*"(\w+)"\s*\}$/.exec(text)?.[1] ?? text;
  if (/^(?:online|available|connected)$/i.test(word)) return true;
  return /^(?:offline|unavailable|disconnected|lost)$/i.test(word) ? false : null;
}

function textOf(payload: Uint8Array): string | null {
  try {
    return fromUtf8(payload).trim();
  } catch {
    return null;
  }
}
