/**
 * What a broker bundle is made from, and the guard that keeps illegal names out of configuration files. Knows neither
 * where certificates come from nor how secrets were kept.
 */
import { isLegalId, isLegalUserName, isReservedId } from '../project/ids.ts';
import { AppError } from '../shared/errors.ts';

/** Certificates and private keys as PEM texts; keys are PKCS#8. */
export interface BundleCertificates {
  /** Signs device certificates: what the broker trusts on the device port. */
  readonly clientAuthorityPem: string;
  /** Signs the device port's certificate: what devices trust. */
  readonly serverAuthorityPem: string;
  /** Signs the WSS certificate: what the browser is told to trust. */
  readonly webAuthorityPem: string;
  readonly deviceListenerPem: string;
  readonly deviceListenerKeyPem: string;
  readonly webListenerPem: string;
  readonly webListenerKeyPem: string;
  /** Revocation lists of every authority in `clientAuthorityPem`, or the broker would let nobody in; absent for none. */
  readonly revocationListPem?: string;
}

/** What a client that is no device may do: see everything of the project, and write commands too. */
export interface BrokerClient {
  readonly user: string;
  readonly mayCommand: boolean;
}

export interface BundleInput {
  readonly projectId: string;
  /** Host names and IP literals; the first is the one shown in examples. */
  readonly hosts: readonly string[];
  readonly devicePort: number;
  readonly webPort: number;
  readonly certificates: BundleCertificates;
  /** `passwordHashLine` as `passwordFileLine` makes it: `dashboard:$7$…`. */
  readonly dashboard: { readonly username: string; readonly passwordHashLine: string };
  /** Device ids: CN, user name and client id in one. */
  readonly devices: readonly string[];
  /** User names of the devices whose certificates carry another than their id. */
  readonly userNames?: ReadonlyMap<string, string>;
  /** Other clients of the device port. */
  readonly clients?: readonly BrokerClient[];
}

const hostPattern = /^[A-Za-z0-9_.:][A-Za-z0-9_.:-]{0,252}$/;
const hashLinePattern = /^[a-z0-9-]{1,32}:\$7\$\d{1,9}\$[A-Za-z0-9+/]{16}\$[A-Za-z0-9+/]{86}==$/;

/** Throws broker.name, broker.host, broker.port: nothing illegal may reach a configuration file's line. */
export function checkBundleInput(input: BundleInput): void {
  checkName('project', input.projectId, isLegalId(input.projectId));
  checkName('user', input.dashboard.username, isLegalId(input.dashboard.username));
  for (const id of input.devices) checkName('device', id, isLegalId(id) && !isReservedId(id));
  checkUserNames(input);
  if (new Set(input.devices).size !== input.devices.length) {
    throw new AppError('broker.name', { details: { what: 'device', value: duplicateOf(input.devices) } });
  }
  if (input.hosts.length === 0) throw new AppError('broker.host', { details: { value: '' } });
  for (const host of input.hosts) {
    if (!hostPattern.test(host)) throw new AppError('broker.host', { details: { value: host } });
  }
  checkPorts(input.devicePort, input.webPort);
  const { username, passwordHashLine } = input.dashboard;
  if (!hashLinePattern.test(passwordHashLine) || !passwordHashLine.startsWith(`${username}:`)) {
    throw new RangeError('not a password line of this user');
  }
}

/** One name is one user: none may stand for two of them, or for a line of the file's own words. */
function checkUserNames({ devices, userNames, clients = [] }: BundleInput): void {
  const users = [...devices.map((id) => userNames?.get(id) ?? id), ...clients.map(({ user }) => user)];
  for (const user of users) checkName('user', user, isLegalUserName(user));
  if (new Set(users).size !== users.length)
    throw new AppError('broker.name', { details: { what: 'user', value: duplicateOf(users) } });
}

function checkName(what: string, value: string, isLegal: boolean): void {
  if (!isLegal) throw new AppError('broker.name', { details: { what, value } });
}

function checkPorts(devicePort: number, webPort: number): void {
  for (const port of [devicePort, webPort]) {
    if (!Number.isInteger(port) || port < 1 || port > 65_535) {
      throw new AppError('broker.port', { details: { value: port } });
    }
  }
  if (devicePort === webPort) throw new AppError('broker.port', { details: { value: webPort } });
}

const duplicateOf = (ids: readonly string[]): string => ids.find((id, i) => ids.indexOf(id) !== i) ?? '';
