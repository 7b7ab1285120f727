/** The settings that most devices leave as they are, as the form's texts and back. What is left as it was is left out. */
import {
  pixelOrders,
  unsignedCommands,
  type BrokerCheck,
  type DeviceSettings,
  type PixelOrder,
} from '../../project/device-settings.ts';
import { wholeNumber } from './whole-number.ts';

export interface ExpertFields {
  pixel: string;
  pixelPin: string;
  order: string;
  thresholds: string;
  outputs: string;
  outputsPin: string;
  servers: string;
  timeZone: string;
  form: string;
  base: string;
  check: string;
  unsigned: string[];
  baud: string;
}

type ExpertSettings = Omit<DeviceSettings, 'sensor' | 'led' | 'relay'>;

const usual = {
  pixelPin: 5,
  order: 'RGB',
  thresholds: '0, 10, 25, 30',
  selectPin: 16,
  servers: 'pool.ntp.org',
  timeZone: 'UTC0',
} as const;

const listOf = (text: string): string[] => text.split(/[\s,;]+/).filter((part) => part !== '');

export const expertFieldsOf = (settings: ExpertSettings): ExpertFields => ({
  pixel: settings.pixel ? 'on' : 'off',
  pixelPin: String(settings.pixel?.pin ?? usual.pixelPin),
  order: settings.pixel?.order ?? usual.order,
  thresholds: settings.pixel?.thresholds.join(', ') ?? usual.thresholds,
  outputs: settings.outputs ? (settings.outputs.inverted ? 'inverted' : 'plain') : 'off',
  outputsPin: String(settings.outputs?.selectPin ?? usual.selectPin),
  servers: settings.clock?.servers.join(', ') ?? usual.servers,
  timeZone: settings.clock?.timeZone ?? usual.timeZone,
  form: settings.form?.kind ?? 'signet',
  base: settings.form?.base ?? '',
  check: settings.brokerCheck ?? 'ca',
  unsigned: [...(settings.unsigned ?? [])],
  baud: String(settings.baud ?? 115200),
});

export function expertSettingsOf(fields: ExpertFields): ExpertSettings {
  const servers = listOf(fields.servers);
  const isUsualClock = servers.join() === usual.servers && fields.timeZone === usual.timeZone;
  const unsigned = unsignedCommands.filter((name) => fields.unsigned.includes(name));
  const form = fields.form as 'signet' | 'iot2' | 'plain';
  return {
    ...(fields.pixel === 'on' ? { pixel: pixelOf(fields) } : {}),
    ...(fields.outputs === 'off'
      ? {}
      : { outputs: { selectPin: wholeNumber(fields.outputsPin), inverted: fields.outputs === 'inverted' } }),
    ...(isUsualClock ? {} : { clock: { servers, timeZone: fields.timeZone.trim() } }),
    ...(form === 'signet' ? {} : { form: { kind: form, base: form === 'plain' ? fields.base.trim() : '' } }),
    ...(fields.check === 'ca' ? {} : { brokerCheck: fields.check as BrokerCheck }),
    ...(form === 'iot2' && unsigned.length > 0 ? { unsigned } : {}),
    ...(fields.baud === '74880' ? { baud: 74880 } : {}),
  };
}

function pixelOf({ pixelPin, order, thresholds }: ExpertFields): NonNullable<DeviceSettings['pixel']> {
  const [a = Number.NaN, b = Number.NaN, c = Number.NaN, d = Number.NaN, ...more] = thresholds
    .split(/[\s,;]+/)
    .filter((part) => part !== '')
    .map(Number);
  return {
    pin: wholeNumber(pixelPin),
    order: order as PixelOrder,
    thresholds: more.length > 0 ? [Number.NaN, b, c, d] : [a, b, c, d],
  };
}

const texts = (values: readonly string[]): { value: string; text: string }[] =>
  values.map((value) => ({ value, text: value }));

export const pixelOptions = [
  { value: 'off', text: 'Not there' },
  { value: 'on', text: 'Shows the temperature' },
];
export const orderOptions = texts(pixelOrders);
export const outputsOptions = [
  { value: 'off', text: 'Not there' },
  { value: 'inverted', text: 'On when low (as the AVR slave)' },
  { value: 'plain', text: 'On when high' },
];
export const formOptions = [
  { value: 'signet', text: 'Signet: status, signed commands' },
  { value: 'iot2', text: 'iot-2 (Watson workshop)' },
  { value: 'plain', text: 'Plain numbers' },
];
export const checkOptions = [
  { value: 'ca', text: 'Authority and host name' },
  { value: 'pinned', text: 'And its present key' },
  { value: 'fingerprint', text: 'Fingerprint only (weaker)' },
];
export const baudOptions = [
  { value: '115200', text: '115200' },
  { value: '74880', text: "74880, the chip's own" },
];
/** POSIX texts of zones that many live in. */
export const zoneOptions: readonly { readonly value: string; readonly text: string }[] = [
  { value: 'UTC0', text: 'UTC' },
  { value: 'GMT0BST,M3.5.0/1,M10.5.0', text: 'London' },
  { value: 'CET-1CEST,M3.5.0,M10.5.0/3', text: 'Berlin, Paris, Rome, Madrid' },
  { value: 'EET-2EEST,M3.5.0/3,M10.5.0/4', text: 'Athens, Helsinki, Kyiv' },
  { value: 'EST5EDT,M3.2.0,M11.1.0', text: 'New York' },
  { value: 'CST6CDT,M3.2.0,M11.1.0', text: 'Chicago' },
  { value: 'MST7MDT,M3.2.0,M11.1.0', text: 'Denver' },
  { value: 'PST8PDT,M3.2.0,M11.1.0', text: 'Los Angeles' },
  { value: '<-03>3', text: 'São Paulo' },
  { value: 'IST-5:30', text: 'India' },
  { value: 'CST-8', text: 'China' },
  { value: 'JST-9', text: 'Japan' },
  { value: 'AEST-10AEDT,M10.1.0,M4.1.0/3', text: 'Sydney' },
];

const expertProblemFields = ['pixelPin', 'outputsPin', 'thresholds', 'servers', 'timeZone', 'base'];

/** Whether a problem stands beside one of these fields. */
export const isExpertField = (field: string): boolean => expertProblemFields.includes(field);
