/**
 * HiveMQ (Community Edition) with its File RBAC extension: config.xml, credentials.xml, and the lines that make Java's
 * key stores. The extension knows names and passwords only, so devices need them.
 */
import { deviceUsers, webUsers, type UserRules } from '../access-rules.ts';
import type { BundleFile } from '../bundle.ts';
import type { BundleInput } from '../bundle-input.ts';
import { AppError } from '../../shared/errors.ts';
import { listenerFiles, notRun, secretText, textFile } from './engine-files.ts';

export interface HiveMqInput extends BundleInput {
  /** Of the key stores; random. */
  readonly storePassword: string;
}

/** Throws broker.needs-passwords where devices log in by certificate alone. */
export function hiveMqFiles(input: HiveMqInput): BundleFile[] {
  if (input.access.deviceLogin === 'certificate') throw new AppError('broker.needs-passwords');
  return [
    textFile('README.txt', 'how to start it, and what is different', readme),
    secretText('conf/config.xml', 'ports, certificates, limits', configuration(input)),
    secretText('file-rbac/credentials.xml', 'users, password hashes and rights', credentials(input)),
    textFile('file-rbac/extension-config.xml', 'settings of the extension', extensionConfiguration),
    {
      ...secretText('make-stores.sh', "packs certificates and keys into Java's key stores", stores(input)),
      mode: 0o755 as const,
    },
    ...listenerFiles(input.certificates),
  ];
}

const xml = '<?xml version="1.0" encoding="UTF-8"?>\n';

function configuration(input: HiveMqInput): string {
  const { devicePort, webPort, access, storePassword } = input;
  const keyStore = (name: string): string => `        <keystore>
          <path>conf/${name}.jks</path>
          <password>${storePassword}</password>
          <private-key-password>${storePassword}</private-key-password>
        </keystore>`;
  const trustStore = `
        <truststore>
          <path>conf/client-ca.jks</path>
          <password>${storePassword}</password>
        </truststore>
        <client-authentication-mode>REQUIRED</client-authentication-mode>`;
  return `${xml}<!-- ${notRun} -->
<hivemq>
  <listeners>
    <tls-tcp-listener>
      <port>${devicePort}</port>
      <bind-address>0.0.0.0</bind-address>
      <name>devices</name>
      <tls>
${keyStore('device-listener')}${access.deviceLogin === 'both' ? trustStore : ''}
      </tls>
    </tls-tcp-listener>
    <tls-websocket-listener>
      <port>${webPort}</port>
      <bind-address>0.0.0.0</bind-address>
      <name>browsers</name>
      <path>/</path>
      <subprotocols>
        <subprotocol>mqtt</subprotocol>
      </subprotocols>
      <tls>
${keyStore('web-listener')}
      </tls>
    </tls-websocket-listener>
  </listeners>
  <mqtt>
    <packets>
      <max-packet-size>8192</max-packet-size>
    </packets>
  </mqtt>
  <anonymous-usage-statistics>
    <enabled>false</enabled>
  </anonymous-usage-statistics>
</hivemq>
`;
}

function credentials(input: HiveMqInput): string {
  const hashes = new Map(passwordHashes(input));
  const users = new Map<string, UserRules['rules'][number][]>();
  for (const { user, rules } of [...deviceUsers(input), ...webUsers(input)])
    users.set(user, [...(users.get(user) ?? []), ...rules]);
  const known = [...users].filter(([user]) => hashes.has(user));
  const userLines = known.map(
    ([user]) =>
      `    <user>\n      <name>${user}</name>\n      <password>${hashes.get(user) ?? ''}</password>\n      <roles>\n        <id>${user}</id>\n      </roles>\n    </user>\n`,
  );
  const roleLines = known.map(
    ([user, rules]) =>
      `    <role>\n      <id>${user}</id>\n      <permissions>\n${permissions(rules)}      </permissions>\n    </role>\n`,
  );
  return `${xml}<file-rbac>\n  <users>\n${userLines.join('')}  </users>\n  <roles>\n${roleLines.join('')}  </roles>\n</file-rbac>\n`;
}

const permissions = (rules: UserRules['rules']): string =>
  [
    ...new Set(rules.map(({ may, topic }) => permission(may === 'write' ? 'PUBLISH' : 'SUBSCRIBE', topic))),
  ].join('');

const permission = (activity: string, topic: string): string =>
  `        <permission>\n          <topic>${topic}</topic>\n          <activity>${activity}</activity>\n        </permission>\n`;

/** Mosquitto's line `user:$7$<rounds>$<salt>$<hash>` as the extension has it; it is the same function. */
function passwordHashes({
  dashboard,
  users = [],
  devicePasswordLines = [],
}: HiveMqInput): [string, string][] {
  const lines = [
    dashboard.passwordHashLine,
    ...users.map(({ passwordHashLine }) => passwordHashLine),
    ...devicePasswordLines,
  ];
  return lines.map((line) => {
    const [user = '', rest = ''] = line.split(':');
    const [, , iterations = '', salt = '', hash = ''] = rest.split('$');
    return [user, `${salt}:${iterations}:${hash}`];
  });
}

const extensionConfiguration = `${xml}<extension-configuration>
  <credentials-reload-interval>60</credentials-reload-interval>
  <archiver-enabled>false</archiver-enabled>
  <password-type>HASHED</password-type>
</extension-configuration>
`;

const stores = ({ storePassword }: HiveMqInput): string => `#!/bin/sh
# Packs certificates and keys into the key stores that conf/config.xml names. Needs openssl and Java's keytool.
# ${notRun}
set -eu
cd -- "$(dirname -- "$0")"
umask 077
password='${storePassword}'
rm -f conf/*.jks
for name in device-listener web-listener; do
  openssl pkcs12 -export -in "certs/$name.crt" -inkey "certs/$name.key" -name broker -out "conf/$name.p12" -passout "pass:$password"
  keytool -importkeystore -noprompt -srckeystore "conf/$name.p12" -srcstoretype PKCS12 -srcstorepass "$password" \\
    -destkeystore "conf/$name.jks" -deststoretype JKS -deststorepass "$password" -destkeypass "$password"
  rm "conf/$name.p12"
done
keytool -importcert -noprompt -alias client-ca -file certs/client-ca.crt -keystore conf/client-ca.jks -storetype JKS -storepass "$password"
`;

const readme = `HiveMQ with the same certificates and rights. ${notRun}

1. ./make-stores.sh
2. Copy conf/ over HiveMQ's own conf/.
3. Put the File RBAC extension into extensions/, and the two files of file-rbac/ beside it; remove the extension
   "hivemq-allow-all-extension".
4. bin/run.sh

What is different from Mosquitto
- The extension knows names and passwords, not the names in certificates: every device needs its password.
- One list of names for both ports.
- HiveMQ's community edition reads no revocation list: a revoked certificate still opens the connection, and its
  password is gone from the list.
- Client ids are free: who knows a password can take another client's id and throw it off.
- The key store make-stores.sh fills takes the first authority of certs/client-ca.crt; import a second by hand.
`;
