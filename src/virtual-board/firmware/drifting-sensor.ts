/** A room's temperature and humidity for the demo: slow waves around 21.5 °C and 45 %, always plausible. */
import type { SensorValue } from './machine-hal.ts';

const minuteMs = 60_000;

/** `monotonicMs` drives the drift; the same time gives the same value. */
export function createDriftingSensor(monotonicMs: () => number): () => SensorValue {
  const wave = (periodMinutes: number, amplitudeTenths: number): number =>
    amplitudeTenths * Math.sin((2 * Math.PI * monotonicMs()) / (periodMinutes * minuteMs));
  return () => ({
    temperatureTenths: Math.round(215 + wave(11, 9) + wave(1.7, 3)),
    humidityTenths: Math.round(450 - wave(13, 25) + wave(2.3, 8)),
  });
}
