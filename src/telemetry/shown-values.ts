/** Values as a person wants to read them: temperatures in °C or °F whatever the device speaks. Kept values never change. */
import { quantityLook, valueText, type QuantityLook } from './quantity-looks.ts';

export type TemperatureUnit = 'C' | 'F';

/** The quantity's name, and the unit it is shown in. */
export function shownLook(quantity: string, unit: TemperatureUnit): QuantityLook {
  const look = quantityLook(quantity);
  return isTemperature(look) ? { ...look, unit: `°${unit}` } : look;
}

const isTemperature = ({ unit }: QuantityLook): boolean => unit === '°C' || unit === '°F';

interface Conversion {
  readonly factor: number;
  readonly offset: number;
}

const same: Conversion = { factor: 1, offset: 0 };

function conversionOf(quantity: string, unit: TemperatureUnit): Conversion {
  const look = quantityLook(quantity);
  if (!isTemperature(look) || look.unit === `°${unit}`) return same;
  return unit === 'F' ? { factor: 9 / 5, offset: 32 } : { factor: 5 / 9, offset: -160 / 9 };
}

export function shownValue(value: number, quantity: string, unit: TemperatureUnit): number {
  const { factor, offset } = conversionOf(quantity, unit);
  return value * factor + offset;
}

/** Back from what a person typed. */
export function keptValue(shown: number, quantity: string, unit: TemperatureUnit): number {
  const { factor, offset } = conversionOf(quantity, unit);
  return (shown - offset) / factor;
}

/** A difference of two values, which has no offset. */
export const shownDifference = (value: number, quantity: string, unit: TemperatureUnit): number =>
  value * conversionOf(quantity, unit).factor;

export const keptDifference = (shown: number, quantity: string, unit: TemperatureUnit): number =>
  shown / conversionOf(quantity, unit).factor;

/** For example "23.4 °C". */
export function valueWords(value: number, quantity: string, unit: TemperatureUnit): string {
  const look = shownLook(quantity, unit);
  const text = valueText(shownValue(value, quantity, unit), look.decimals);
  return look.unit === '' ? text : `${text} ${look.unit}`;
}
