/** What can be wrong with a device's settings, and which pins make trouble without being wrong. Changes nothing. */
import type { DeviceSettings } from '../project/device-settings.ts';
import { expertProblems, type ExpertField } from './expert-settings-form.ts';
import { AppError } from '../shared/errors.ts';

export type SettingsField =
  'sensorPin' | 'everyS' | 'ledPin' | 'relayPin' | 'pulseMs' | 'pixelPin' | 'outputsPin' | ExpertField;

export interface SettingsProblem {
  readonly field: SettingsField;
  readonly error: AppError;
}

/** Limits of docs/contracts.md, Configuration. */
const INTERVAL_S = { min: 2, max: 86_400 };
const PULSE_MS = { min: 100, max: 5_000 };

const usablePins: ReadonlySet<number> = new Set([0, 2, 4, 5, 12, 13, 14, 15, 16]);

/** What these pins do while the chip starts, as a relay would show it. */
const relayWarnings: ReadonlyMap<number, string> = new Map([
  [0, 'a relay that pulls it low keeps the board from starting'],
  [2, 'it is high, then flickers, while the board starts: the relay clicks'],
  [15, 'a relay that pulls it high keeps the board from starting'],
  [16, 'it is high while the board starts: the relay may click'],
]);

interface PinUse {
  readonly field: SettingsField;
  readonly what: string;
  readonly pin: number;
  readonly isUsed: boolean;
}

/** Everything wrong with the settings, in the order of the fields; empty when they can be used. */
export function validateDeviceSettings(settings: DeviceSettings): SettingsProblem[] {
  const { sensor, relay } = settings;
  const [sensorPin, ...otherPins] = pinProblems(pinUses(settings));
  return [
    ...(sensorPin ?? []),
    ...within('everyS', 'form.interval', sensor.everyS, INTERVAL_S),
    ...otherPins.flat(),
    ...(relay ? within('pulseMs', 'form.pulse', relay.pulseMs, PULSE_MS) : []),
    ...expertProblems(settings),
  ];
}

/** Why a relay on this pin may surprise; null when it does not. */
export function relayPinWarning(pin: number): string | null {
  const why = relayWarnings.get(pin);
  return why === undefined ? null : `GPIO ${pin} is read or driven at the start: ${why}.`;
}

/** The bus of the outputs is the chip's own. */
const spiPins = [12, 13, 14];

const pinUses = ({ sensor, led, relay, pixel, outputs }: DeviceSettings): PinUse[] => [
  { field: 'sensorPin', what: 'the sensor', pin: sensor.pin, isUsed: sensor.type !== 'none' },
  ...(led ? [{ field: 'ledPin' as const, what: 'the LED', pin: led.pin, isUsed: true }] : []),
  ...(relay ? [{ field: 'relayPin' as const, what: 'the relay', pin: relay.pin, isUsed: true }] : []),
  ...(pixel ? [{ field: 'pixelPin' as const, what: 'the NeoPixel', pin: pixel.pin, isUsed: true }] : []),
  ...(outputs ? [outputs.selectPin, ...spiPins].map(outputUse) : []),
];

const outputUse = (pin: number): PinUse => ({
  field: 'outputsPin',
  what: 'the SPI outputs',
  pin,
  isUsed: true,
});

/** Per use; a pin that two share is told at the later one. */
const pinProblems = (uses: readonly PinUse[]): SettingsProblem[][] =>
  uses.map((use, index) => {
    const why = refusal(use.pin);
    if (why !== null) return [{ field: use.field, error: pinRefused(use.pin, why) }];
    const other = uses.slice(0, index).find(({ pin, isUsed }) => isUsed && pin === use.pin);
    if (!use.isUsed || !other) return [];
    const details = { pin: use.pin, first: other.what, second: use.what };
    return [{ field: use.field, error: new AppError('form.pin-shared', { details }) }];
  });

const pinRefused = (pin: number, why: string): AppError =>
  Number.isNaN(pin)
    ? new AppError('form.pin-missing')
    : new AppError('form.pin-refused', { details: { pin, why } });

function refusal(pin: number): string | null {
  if (usablePins.has(pin)) return null;
  if (pin === 1 || pin === 3) return 'the console talks over it';
  return Number.isInteger(pin) && pin >= 6 && pin <= 11
    ? 'the flash chip hangs on it'
    : 'the ESP8266 has no such pin';
}

function within(
  field: SettingsField,
  code: 'form.interval' | 'form.pulse',
  value: number,
  { min, max }: { readonly min: number; readonly max: number },
): SettingsProblem[] {
  const fits = Number.isInteger(value) && value >= min && value <= max;
  return fits ? [] : [{ field, error: new AppError(code) }];
}
