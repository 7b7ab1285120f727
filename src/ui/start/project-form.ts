/** The newcomer's form: what stands in it at first, and its problems by field. */
import { idFromName } from '../../project/ids.ts';
import type { AppError } from '../../shared/errors.ts';
import type { AuthoritiesDraft } from './authorities-draft.svelte.ts';

/** The form's fields as typed, without the passphrase. */
export interface FormDraft {
  readonly name: string;
  readonly hosts: string;
  readonly ssid: string;
  readonly psk: string;
  readonly device: string;
  readonly sensor: string;
  readonly devicePort: string;
  readonly webPort: string;
  readonly authorities?: AuthoritiesDraft;
}

const usualPorts = { devicePort: '8883', webPort: '8884' };

/** Empty for real projects; the demo is filled in, since nothing in it is real. */
export const sampleForm = (isDemo: boolean): FormDraft =>
  isDemo
    ? {
        name: 'Porch',
        hosts: 'pi.local',
        ssid: 'Demo network',
        psk: 'not-a-real-one',
        device: 'porch-1',
        sensor: 'dht22',
        ...usualPorts,
      }
    : { name: '', hosts: '', ssid: '', psk: '', device: '', sensor: 'dht22', ...usualPorts };

/** What is said of a field that was left empty: what belongs there, not what is wrong with nothing. */
const whenEmpty: Readonly<Record<string, string>> = {
  projectName: 'Give the project a name, for example "Porch".',
  wifiSsid: "Type the network's name as the router shows it.",
  deviceName: 'Give the device a name, for example "porch-1".',
};

export const whenNoAuthority =
  'Choose the certificate and the key of your authority, or let the page make the authorities.';

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

/** Says which id a name becomes, where that is not the name itself; `taken` ids get a number. */
export function idHint(name: string, taken: readonly string[] = []): string | undefined {
  const wanted = idFromName(name);
  if (wanted === '' || (wanted === name && !taken.includes(wanted))) return undefined;
  if (taken.includes(wanted)) return `"${wanted}" is taken: its id gets a number, as in "${wanted}-2".`;
  return `Its id will be "${wanted}".`;
}

const portPattern = /^\d{1,5}$/;

/** A port as it was typed; NaN, which no broker listens on, for anything else. */
export const portOf = (text: string): number => (portPattern.test(text.trim()) ? Number(text) : Number.NaN);
