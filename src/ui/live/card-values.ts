/** Which of a device's readings its card shows, and how. */
import type { DeviceLive } from '../../telemetry/device-live.ts';
import { valueText } from '../../telemetry/quantity-looks.ts';
import type { LiveSession } from '../../workflows/open-live.ts';

export interface CardValue {
  readonly quantity: string;
  readonly label: string;
  readonly value: number;
  /** With its unit. */
  readonly text: string;
  readonly atMs: number;
  readonly isKept: boolean;
}

/** What people look at first. */
const order = ['temperature', 'temp', 'humidity', 'power', 'battery', 'co2', 'pressure'];

/** The most telling first. */
export function cardValues(
  session: LiveSession | null,
  device: DeviceLive | null,
  limit: number,
): CardValue[] {
  if (!session || !device) return [];
  const names = Object.keys(device.readings);
  const rank = (name: string): number => {
    const last = name.toLowerCase().split('.').at(-1) ?? '';
    const at = order.indexOf(last);
    return at === -1 ? order.length : at;
  };
  return names
    .map((name, i) => ({ name, rank: rank(name) * 1_000 + i }))
    .sort((a, b) => a.rank - b.rank)
    .slice(0, limit)
    .flatMap(({ name }) => {
      const reading = device.readings[name];
      if (!reading) return [];
      const { label, unit, decimals } = session.look(device.deviceId, name);
      const text = valueText(reading.value, unit === '%' ? 0 : decimals);
      const { value, atMs } = reading;
      return [
        {
          quantity: name,
          label,
          value,
          text: unit ? `${text} ${unit}` : text,
          atMs,
          isKept: reading.isKept === true,
        },
      ];
    });
}
