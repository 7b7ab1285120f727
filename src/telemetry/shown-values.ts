/** Values as a person wants to read them: temperatures in °C or °F whatever the device speaks. Kept values never change. */
import { valueText, type QuantityLook } from './quantity-looks.ts';

export type TemperatureUnit = 'C' | 'F';

/** A quantity's look, in the unit it is shown in. */
export const shownLook = (look: QuantityLook, unit: TemperatureUnit): QuantityLook =>
  isTemperature(look) ? { ...look, unit: `°${unit}` } : look;

const isTemperature = ({ unit }: QuantityLook): boolean => unit === '°C' || unit === '°F';

interface Conversion {
  readonly factor: number;
  readonly offset: number;
}

const same: Conversion = { factor: 1, offset: 0 };

function conversionOf(look: QuantityLook, unit: TemperatureUnit): Conversion {
  if (!isTemperature(look) || look.unit === `°${unit}`) return same;
  return unit === 'F' ? { factor: 9 / 5, offset: 32 } : { factor: 5 / 9, offset: -160 / 9 };
}

/** @param look of the quantity as the device speaks, not as it is shown. */
export function shownValue(value: number, look: QuantityLook, unit: TemperatureUnit): number {
  const { factor, offset } = conversionOf(look, unit);
  return value * factor + offset;
}

/** Back from what a person typed. */
export function keptValue(shown: number, look: QuantityLook, unit: TemperatureUnit): number {
  const { factor, offset } = conversionOf(look, unit);
  return (shown - offset) / factor;
}

/** A difference of two values, which has no offset. */
export const shownDifference = (value: number, look: QuantityLook, unit: TemperatureUnit): number =>
  value * conversionOf(look, unit).factor;

export const keptDifference = (shown: number, look: QuantityLook, unit: TemperatureUnit): number =>
  shown / conversionOf(look, unit).factor;

/** For example "23.4 °C". */
export const valueWords = (value: number, look: QuantityLook, unit: TemperatureUnit): string =>
  withUnit(shownValue(value, look, unit), shownLook(look, unit));

/** For example "2.5 °C" more. */
export const differenceWords = (value: number, look: QuantityLook, unit: TemperatureUnit): string =>
  withUnit(shownDifference(value, look, unit), shownLook(look, unit));

function withUnit(value: number, { unit, decimals }: QuantityLook): string {
  const text = valueText(value, decimals);
  return unit === '' ? text : `${text} ${unit}`;
}
