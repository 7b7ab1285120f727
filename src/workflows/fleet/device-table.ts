/**
 * Devices to be made, as rows of a table that a person brings: each row judged by itself, so that twenty-nine good ones are
 * not lost to a bad one. Makes nothing.
 */
import { usualSettings } from '../make-device.ts';
import { nameProblem, ssidProblem, wifiPasswordProblem } from '../project-form.ts';
import { validateDeviceSettings } from '../device-settings-form.ts';
import type { DeviceSettings, SensorType } from '../../project/entities.ts';
import { idFromName } from '../../project/ids.ts';
import { csvLine, parseCsv } from '../../shared/csv.ts';
import { AppError } from '../../shared/errors.ts';

export interface WantedDevice {
  readonly name: string;
  readonly settings: DeviceSettings;
  /** Its own network instead of the project's. */
  readonly wifi?: { readonly ssid: string; readonly password: string };
  readonly notes?: string;
}

export interface TableRow {
  /** Of the file, from 1. */
  readonly line: number;
  readonly id: string;
  readonly device: WantedDevice | null;
  /** Why `device` is null, each for people. */
  readonly problems: readonly string[];
}

/** A class has thirty, a company five hundred. */
export const mostRows = 5_000;
/** As for every file of text that people bring. */
export const mostTableBytes = 4 * 1024 * 1024;
const mostNotes = 200;

export const tableColumns = [
  'id',
  'sensor',
  'sensor_pin',
  'interval_s',
  'led_pin',
  'relay_pin',
  'pulse_ms',
  'wifi_ssid',
  'wifi_password',
  'notes',
] as const;
type Column = (typeof tableColumns)[number];
type Fields = Readonly<Partial<Record<Column, string>>>;

/** A table to begin with, whose rows are good ones. */
export const sampleTable = (): string =>
  [
    [...tableColumns],
    ['bench-1', 'dht22', '4', '10', '2', '', '', '', '', 'first row, by the window'],
    ['bench-2', 'none', '', '', '2', '5', '500', '', '', 'opens the door'],
  ]
    .map(csvLine)
    .join('');

/**
 * @param taken ids and user names that other devices and clients have.
 * Throws fleet.no-table (no column "id", or nothing beneath it), fleet.too-many-rows.
 */
export function readDeviceTable(text: string, taken: ReadonlySet<string>): TableRow[] {
  const [head, ...rows] = parseCsv(text);
  const names = head?.fields.map((name) => name.toLowerCase().replace(/[\s-]+/g, '_')) ?? [];
  if (!names.includes('id') || rows.length === 0) throw new AppError('fleet.no-table');
  if (rows.length > mostRows) throw new AppError('fleet.too-many-rows', { details: { limit: mostRows } });
  const unknown = names.filter((name) => name !== '' && !isColumn(name));
  if (unknown.length > 0)
    throw new AppError('fleet.unknown-column', {
      details: { column: unknown[0] ?? '', columns: tableColumns.join(', ') },
    });
  const used = new Set(taken);
  return rows.map(({ line, fields }) => {
    const values: Fields = Object.fromEntries(
      names.flatMap((name, i) => (isColumn(name) ? [[name, fields[i] ?? '']] : [])),
    );
    return judged(line, values, used);
  });
}

const isColumn = (name: string): name is Column => (tableColumns as readonly string[]).includes(name);

function judged(line: number, fields: Fields, used: Set<string>): TableRow {
  const name = fields.id ?? '';
  const id = idFromName(name);
  const settings = settingsIn(fields);
  const wifi = wifiIn(fields);
  const problems = [
    ...nameProblems(name, id, used),
    ...(typeof settings === 'string'
      ? [settings]
      : validateDeviceSettings(settings).map(({ error }) => error.message)),
    ...(typeof wifi === 'string' ? [wifi] : []),
    ...((fields.notes ?? '').length > mostNotes
      ? [`The notes are longer than ${mostNotes} characters.`]
      : []),
  ];
  used.add(id);
  const isGood = problems.length === 0 && typeof settings !== 'string' && typeof wifi !== 'string';
  const device = isGood
    ? { name, settings, ...(wifi ? { wifi } : {}), ...(fields.notes ? { notes: fields.notes } : {}) }
    : null;
  return { line, id: id === '' ? name : id, device, problems };
}

function nameProblems(name: string, id: string, used: ReadonlySet<string>): string[] {
  const problem = nameProblem('form.device-name', name);
  if (problem) return [problem.message];
  return used.has(id) ? [`The id "${id}" is taken, or stands twice in the table.`] : [];
}

const sensors: readonly SensorType[] = ['none', 'dht11', 'dht22'];

/** The settings, or why a field is none. Empty fields get what a new device usually has. */
function settingsIn(fields: Fields): DeviceSettings | string {
  const sensor = (fields.sensor ?? '').toLowerCase() || 'none';
  if (!(sensors as readonly string[]).includes(sensor))
    return `The sensor "${fields.sensor ?? ''}" is not one of ${sensors.join(', ')}.`;
  const usual = usualSettings(sensor as SensorType);
  const numbers = ['sensor_pin', 'interval_s', 'led_pin', 'relay_pin', 'pulse_ms'] as const;
  for (const column of numbers) {
    const text = fields[column] ?? '';
    if (!/^\d{0,6}$/.test(text)) return `"${text}" in ${column} is no whole number.`;
  }
  const number = (column: (typeof numbers)[number], otherwise: number): number =>
    fields[column] ? Number(fields[column]) : otherwise;
  return {
    sensor: {
      ...usual.sensor,
      pin: number('sensor_pin', usual.sensor.pin),
      everyS: number('interval_s', usual.sensor.everyS),
    },
    led: fields.led_pin ? { pin: Number(fields.led_pin), activeLow: true } : null,
    relay: fields.relay_pin
      ? { pin: Number(fields.relay_pin), activeLow: false, pulseMs: number('pulse_ms', 500) }
      : null,
  };
}

/** The network, null for the project's, or why it is none. */
function wifiIn(fields: Fields): { readonly ssid: string; readonly password: string } | null | string {
  const ssid = fields.wifi_ssid ?? '';
  const password = fields.wifi_password ?? '';
  if (ssid === '') return password === '' ? null : 'There is a Wi-Fi password without a Wi-Fi name.';
  return (ssidProblem(ssid) ?? wifiPasswordProblem(password))?.message ?? { ssid, password };
}
