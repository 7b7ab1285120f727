/** A device's settings as the form's texts and back. What is typed and no number becomes NaN, which no setting is. */
import type { DeviceSettings, SensorType } from '../../project/device-settings.ts';
import { expertFieldsOf, expertSettingsOf, type ExpertFields } from './expert-fields.ts';
import { wholeNumber } from './whole-number.ts';

export { wholeNumber } from './whole-number.ts';

export interface SettingsFields extends ExpertFields {
  sensor: string;
  sensorPin: string;
  everyS: string;
  unit: string;
  led: string;
  ledPin: string;
  relay: string;
  relayPin: string;
  pulseMs: string;
}

export const sensorOptions = [
  { value: 'dht22', text: 'DHT22' },
  { value: 'dht11', text: 'DHT11' },
  { value: 'none', text: 'None' },
];
export const unitOptions = [
  { value: 'C', text: 'Celsius' },
  { value: 'F', text: 'Fahrenheit' },
];
/** Of an LED or a relay. */
export const outputOptions = [
  { value: 'off', text: 'Not there' },
  { value: 'high', text: 'On when high' },
  { value: 'low', text: 'On when low' },
];

/** Where an LED or a relay is when it is switched on in the form: the module's own, and the usual shield's. */
const usual = { ledPin: 2, relayPin: 5, pulseMs: 500 };

const polarity = (output: { readonly activeLow: boolean } | null): string =>
  output === null ? 'off' : output.activeLow ? 'low' : 'high';

export const fieldsOf = ({ sensor, led, relay, ...expert }: DeviceSettings): SettingsFields => ({
  sensor: sensor.type,
  sensorPin: String(sensor.pin),
  everyS: String(sensor.everyS),
  unit: sensor.unit,
  led: polarity(led),
  ledPin: String(led?.pin ?? usual.ledPin),
  relay: polarity(relay),
  relayPin: String(relay?.pin ?? usual.relayPin),
  pulseMs: String(relay?.pulseMs ?? usual.pulseMs),
  ...expertFieldsOf(expert),
});

export const settingsOf = (fields: SettingsFields): DeviceSettings => ({
  sensor: {
    type: fields.sensor as SensorType,
    pin: wholeNumber(fields.sensorPin),
    everyS: wholeNumber(fields.everyS),
    unit: fields.unit === 'F' ? 'F' : 'C',
  },
  led: fields.led === 'off' ? null : { pin: wholeNumber(fields.ledPin), activeLow: fields.led === 'low' },
  relay:
    fields.relay === 'off'
      ? null
      : {
          pin: wholeNumber(fields.relayPin),
          activeLow: fields.relay === 'low',
          pulseMs: wholeNumber(fields.pulseMs),
        },
  ...expertSettingsOf(fields),
});
