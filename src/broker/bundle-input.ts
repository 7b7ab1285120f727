/**
 * What a broker bundle is made from, and the guard that keeps illegal names out of configuration files. Knows neither
 * where certificates come from nor how secrets were kept.
 */
import type { BrokerAccess, ClientRights } from '../project/access.ts';
import type { BrokerSystem } from '../project/entities.ts';
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

/** Somebody who is no device: with a certificate, or with a name and a password. */
export interface BrokerClient {
  readonly user: string;
  readonly rights: ClientRights;
}

export interface PasswordClient extends BrokerClient {
  readonly passwordHashLine: string;
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
  /** Other holders of certificates, for a device port that knows people by them. */
  readonly clients?: readonly BrokerClient[];
  /** Other users with passwords: of the browser port, and of a device port that asks for passwords. */
  readonly users?: readonly PasswordClient[];
  readonly access: Pick<BrokerAccess, 'deviceLogin' | 'device' | 'dashboard' | 'discoveryPrefix'>;
  /** Password lines of the devices, in their order; where the device port asks for passwords. */
  readonly devicePasswordLines?: readonly string[];
  readonly system: BrokerSystem;
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
  checkPasswordLines(input);
  const { discoveryPrefix } = input.access;
  checkName('discovery', discoveryPrefix ?? 'none', isLegalPrefix(discoveryPrefix ?? 'none'));
}

/** One name is one user: none may stand for two of them, or for a line of the file's own words. */
function checkUserNames({ devices, userNames, clients = [], users = [], dashboard }: BundleInput): void {
  const names = [
    dashboard.username,
    ...users.map(({ user }) => user),
    ...devices.map((id) => userNames?.get(id) ?? id),
    ...clients.filter(({ user }) => user !== dashboard.username).map(({ user }) => user),
  ];
  for (const user of names) checkName('user', user, isLegalUserName(user));
  for (const { user } of users) checkName('user', user, isLegalId(user));
  if (new Set(names).size !== names.length)
    throw new AppError('broker.name', { details: { what: 'user', value: duplicateOf(names) } });
}

/** Throws RangeError: a line that is none would let somebody in, or nobody. */
function checkPasswordLines({
  dashboard,
  users = [],
  devices,
  devicePasswordLines,
  access,
}: BundleInput): void {
  const lines: [string, string][] = [
    [dashboard.username, dashboard.passwordHashLine],
    ...users.map(({ user, passwordHashLine }): [string, string] => [user, passwordHashLine]),
    ...(access.deviceLogin === 'certificate'
      ? []
      : devices.map((id, at): [string, string] => [id, devicePasswordLines?.[at] ?? ''])),
  ];
  for (const [user, hashLine] of lines) {
    if (!hashLinePattern.test(hashLine) || !hashLine.startsWith(`${user}:`))
      throw new RangeError('not a password line of this user');
  }
}

/** One level or more, without wildcards and without what would reach into this project's topics. */
export const isLegalPrefix = (prefix: string): boolean =>
  /^[A-Za-z0-9_-]{1,31}(\/[A-Za-z0-9_-]{1,31})*$/.test(prefix) &&
  prefix.length <= 31 &&
  !/^signet(\/|$)/.test(prefix);

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
