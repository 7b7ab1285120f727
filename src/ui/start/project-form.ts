/** The newcomer's form: what stands in it at first, and its problems by field. */
import type { AppError } from '../../shared/errors.ts';

export interface FormStart {
  readonly name: string;
  readonly hosts: string;
  readonly ssid: string;
  readonly psk: string;
  readonly device: string;
  readonly sensor: string;
}

/** Empty for real projects; the demo is filled in, since nothing in it is real. */
export const sampleForm = (isDemo: boolean): FormStart =>
  isDemo
    ? {
        name: 'Porch',
        hosts: 'pi.local',
        ssid: 'Demo network',
        psk: 'not-a-real-one',
        device: 'porch-1',
        sensor: 'dht22',
      }
    : { name: '', hosts: '', ssid: '', psk: '', device: '', sensor: 'dht22' };

/** What is said of a field that was left empty: what belongs there, not what is wrong with nothing. */
const whenEmpty: Readonly<Record<string, string>> = {
  projectName: 'Give the project a name, for example "Porch".',
  wifiSsid: "Type the network's name as the router shows it.",
  deviceName: 'Give the device a name, for example "porch-1".',
};

interface Problem {
  readonly field: string;
  readonly error: AppError;
}

/** The first problem of each field, in words; `isEmpty` tells of the fields that hold nothing. */
export function problemsOf(
  problems: readonly Problem[],
  isEmpty: (field: string) => boolean,
): Record<string, string> {
  const words = ({ field, error }: Problem): string =>
    (isEmpty(field) ? whenEmpty[field] : undefined) ?? `${error.message} ${error.remedy}`;
  return Object.fromEntries([...problems].reverse().map((problem) => [problem.field, words(problem)]));
}

const portPattern = /^\d{1,5}$/;

/** A port as it was typed; NaN, which no broker listens on, for anything else. */
export const portOf = (text: string): number => (portPattern.test(text.trim()) ? Number(text) : Number.NaN);
