/** The six things a newcomer gives (and a passphrase if wanted), and what can be wrong with each. Makes nothing. */
import { utf8, type Bytes } from '../shared/bytes.ts';
import { AppError, asAppError } from '../shared/errors.ts';
import { parseHost } from '../pki/hosts.ts';
import { subjectProblems, type SubjectFields } from '../pki/subject-fields.ts';
import type { KeyAlgorithm, SensorType } from '../project/entities.ts';
import { idFromName, isReservedId } from '../project/ids.ts';
import { judgePassphrase } from '../vault/passphrase-strength.ts';

export interface ProjectForm {
  readonly projectName: string;
  /** Names and addresses of the broker; devices connect to the first. */
  readonly hosts: readonly string[];
  readonly wifiSsid: string;
  /** Empty for an open network. */
  readonly wifiPassword: string;
  readonly deviceName: string;
  readonly sensor: SensorType;
  /** Null leaves the project *Not locked*. */
  readonly passphrase: string | null;
  /** Three of P-256 when absent. */
  readonly authorities?: AuthoritiesForm;
  /** Of the broker; {@link defaultPorts} when absent. */
  readonly ports?: BrokerPorts;
}

export type AuthoritiesForm =
  | {
      /** `one` is for all jobs, without name constraints. */
      readonly kind: 'three' | 'one';
      readonly algorithm: KeyAlgorithm;
      readonly days: number;
      /** O is the project's id where it is empty; common names are made from that too. */
      readonly subject: Omit<SubjectFields, 'CN'>;
    }
  /** One that was made elsewhere, for all jobs; `pkcs8` is secret. */
  | { readonly kind: 'own'; readonly certificateDer: Bytes; readonly pkcs8: Bytes };

export interface BrokerPorts {
  /** Mutual TLS, for devices. */
  readonly device: number;
  /** WSS, for browsers. */
  readonly web: number;
}

export const defaultPorts: BrokerPorts = { device: 8883, web: 8884 };

export interface FieldProblem {
  readonly field: keyof ProjectForm;
  /** Which of the hosts, when `field` is "hosts" and it is about one of them. */
  readonly index?: number;
  readonly error: AppError;
}

/** What `mqtt.host` holds on a device (docs/contracts.md, Configuration). */
const DEVICE_HOST_LIMIT = 64;
const SSID_LIMIT_BYTES = 32;
const AUTHORITY_DAYS_LIMIT = 36_500;

/** Everything wrong with the form, in the order of its fields; empty when it can be used. */
export function validateProjectForm(form: ProjectForm): FieldProblem[] {
  return [
    ...problem('projectName', nameProblem('form.project-name', form.projectName)),
    ...hostProblems(form.hosts),
    ...problem('wifiSsid', ssidProblem(form.wifiSsid)),
    ...problem('wifiPassword', wifiPasswordProblem(form.wifiPassword)),
    ...problem('deviceName', nameProblem('form.device-name', form.deviceName)),
    ...problem('passphrase', passphraseProblem(form)),
    ...problem('authorities', form.authorities ? authoritiesProblem(form.authorities) : null),
    ...problem('ports', portsProblem(form.ports ?? defaultPorts)),
  ];
}

/** Why no id can be made from a project's or device's name; null when one can. */
export function nameProblem(code: 'form.project-name' | 'form.device-name', name: string): AppError | null {
  const id = idFromName(name);
  const why =
    id === ''
      ? 'no letter or digit is left of it'
      : isReservedId(id)
        ? 'the broker keeps it for itself'
        : null;
  return why === null ? null : new AppError(code, { details: { value: name, why } });
}

/** Words of the form that a passphrase gains nothing from. */
export const personalWords = (form: ProjectForm): string[] => [
  form.projectName,
  form.deviceName,
  form.wifiSsid,
  form.wifiPassword,
  ...form.hosts,
];

function hostProblems(hosts: readonly string[]): FieldProblem[] {
  if (hosts.every((host) => host.trim() === '')) {
    return [{ field: 'hosts', error: new AppError('form.broker-hosts') }];
  }
  return hosts.flatMap((host, index) => {
    const error = hostProblem(host, index === 0);
    return error ? [{ field: 'hosts' as const, index, error }] : [];
  });
}

function hostProblem(input: string, isFirst: boolean): AppError | null {
  try {
    const { text } = parseHost(input);
    return isFirst && text.length > DEVICE_HOST_LIMIT
      ? new AppError('form.broker-host-long', { details: { value: text } })
      : null;
  } catch (thrown) {
    return asAppError(thrown);
  }
}

/** Why no access point can have this name; null when one can. */
export function ssidProblem(ssid: string): AppError | null {
  const sizeBytes = utf8(ssid).length;
  const fits = sizeBytes >= 1 && sizeBytes <= SSID_LIMIT_BYTES;
  return fits ? null : new AppError('form.wifi-ssid', { details: { sizeBytes } });
}

/** Why no network can have this password; null when one can. Empty is an open network. */
export function wifiPasswordProblem(password: string): AppError | null {
  return /^([\x20-\x7e]{8,63}|[0-9a-fA-F]{64}|)$/.test(password) ? null : new AppError('form.wifi-password');
}

function passphraseProblem(form: ProjectForm): AppError | null {
  if (form.passphrase === null) return null;
  const verdict = judgePassphrase(form.passphrase, personalWords(form));
  return verdict.kind === 'strong'
    ? null
    : new AppError('vault.weak-passphrase', { details: { why: verdict.why } });
}

/** What cannot be; null when it can. An own one is judged when the project is made. */
function authoritiesProblem(form: AuthoritiesForm): AppError | null {
  if (form.kind === 'own') return null;
  const { days, subject } = form;
  if (!Number.isInteger(days) || days < 1 || days > AUTHORITY_DAYS_LIMIT)
    return new AppError('pki.validity', { details: { days, limit: AUTHORITY_DAYS_LIMIT } });
  return subjectProblems({ ...subject, CN: 'authority' })[0]?.error ?? null;
}

function portsProblem({ device, web }: BrokerPorts): AppError | null {
  const isLegal = (port: number): boolean => Number.isInteger(port) && port >= 1 && port <= 65_535;
  if (!isLegal(device)) return new AppError('broker.port', { details: { value: device } });
  return isLegal(web) && web !== device ? null : new AppError('broker.port', { details: { value: web } });
}

const problem = (field: keyof ProjectForm, error: AppError | null): FieldProblem[] =>
  error ? [{ field, error }] : [];
