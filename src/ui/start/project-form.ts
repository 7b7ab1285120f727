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

export const problemsOf = (
  problems: readonly { readonly field: string; readonly error: AppError }[],
): Record<string, string> =>
  Object.fromEntries(problems.map(({ field, error }) => [field, `${error.message} ${error.remedy}`]));
