/** Where the files of a bundle lie: the broker's own folder, and each file's place as its configuration names it. */
import type { BrokerSystem } from '../project/entities.ts';

/** Seen from mosquitto.conf. */
export const brokerPaths = {
  clientAuthority: 'certs/client-ca.crt',
  revocationList: 'certs/client.crl',
  serverAuthority: 'certs/server-ca.crt',
  deviceListener: 'certs/device-listener.crt',
  deviceListenerKey: 'certs/device-listener.key',
  webListener: 'certs/web-listener.crt',
  webListenerKey: 'certs/web-listener.key',
  deviceAccess: 'acl-devices',
  webAccess: 'acl-web',
  passwords: 'passwd',
  devicePasswords: 'passwd-devices',
} as const;

export type BrokerPaths = Readonly<Record<keyof typeof brokerPaths, string>>;

export interface BundleLayout {
  /** The broker's folder in the bundle. */
  readonly folder: string;
  readonly paths: BrokerPaths;
}

/** Docker's is the one that its tutorials mount: `config`, with the certificates in `cert`. */
export function layoutOf(system: BrokerSystem): BundleLayout {
  if (system !== 'docker') return { folder: 'mosquitto', paths: brokerPaths };
  const moved = Object.entries(brokerPaths).map(([name, path]) => [name, path.replace(/^certs\//, 'cert/')]);
  return { folder: 'config', paths: Object.fromEntries(moved) as BrokerPaths };
}

/** Keys, password hashes and access lists: the broker's alone to read. Of `present`, seen from mosquitto.conf. */
export const guardedPaths = (paths: BrokerPaths, present: readonly string[]): string[] =>
  [
    paths.deviceListenerKey,
    paths.webListenerKey,
    paths.passwords,
    paths.devicePasswords,
    paths.deviceAccess,
    paths.webAccess,
  ].filter((path) => present.includes(path));
