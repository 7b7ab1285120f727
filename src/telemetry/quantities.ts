/** What the common quantities are called and measured in, and how they are shown. A table, and degrees Fahrenheit. */

export interface QuantityLook {
  readonly name: string;
  /** Empty when nobody said. */
  readonly unit: string;
  readonly decimals: number;
}

export type TemperatureUnit = 'C' | 'F';

const known: Readonly<Record<string, QuantityLook>> = {
  temperature: { name: 'Temperature', unit: '°C', decimals: 1 },
  humidity: { name: 'Humidity', unit: '%', decimals: 0 },
  pressure: { name: 'Pressure', unit: 'hPa', decimals: 1 },
  battery: { name: 'Battery', unit: '%', decimals: 0 },
  voltage: { name: 'Voltage', unit: 'V', decimals: 2 },
  rssi: { name: 'Signal', unit: 'dBm', decimals: 0 },
  illuminance: { name: 'Light', unit: 'lx', decimals: 0 },
  co2: { name: 'CO₂', unit: 'ppm', decimals: 0 },
};

/** Any quantity has one: its own name, no unit, as many decimals as three digits after the point. */
export function quantityLook(quantity: string, unit: TemperatureUnit = 'C'): QuantityLook {
  const look = Object.hasOwn(known, quantity) ? known[quantity] : undefined;
  if (!look) return { name: quantity, unit: '', decimals: 3 };
  return look.unit === '°C' && unit === 'F' ? { ...look, unit: '°F' } : look;
}

const isTemperature = (quantity: string): boolean => quantityLook(quantity).unit === '°C';

/** As the person reads it; what is kept stays in °C. */
export const shownValue = (value: number, quantity: string, unit: TemperatureUnit): number =>
  unit === 'F' && isTemperature(quantity) ? (value * 9) / 5 + 32 : value;

/** Back from what a person typed. */
export const keptValue = (shown: number, quantity: string, unit: TemperatureUnit): number =>
  unit === 'F' && isTemperature(quantity) ? ((shown - 32) * 5) / 9 : shown;

/** A difference, for which 32 °F are no offset. */
export const shownDifference = (value: number, quantity: string, unit: TemperatureUnit): number =>
  unit === 'F' && isTemperature(quantity) ? (value * 9) / 5 : value;

export const keptDifference = (shown: number, quantity: string, unit: TemperatureUnit): number =>
  unit === 'F' && isTemperature(quantity) ? (shown * 5) / 9 : shown;

/** For example "23.4 °C"; very large and very small numbers in powers of ten. */
export function valueWords(value: number, quantity: string, unit: TemperatureUnit): string {
  const look = quantityLook(quantity, unit);
  return `${numberWords(shownValue(value, quantity, unit), look.decimals)}${look.unit && ` ${look.unit}`}`;
}

export function numberWords(value: number, decimals: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e7 || size < 10 ** -decimals / 2)) return value.toExponential(2);
  const text = value.toFixed(decimals);
  // Nobody reads "-0.0".
  return Number(text) === 0 ? (0).toFixed(decimals) : text;
}
