/**
 * mosquitto.conf for Mosquitto 2.0 and 2.1. Its paths are relative to the folder it lies in: start.sh and the container
 * start the broker there, the installers make them absolute. No plaintext listener, ever.
 */
import type { BrokerAccess } from '../project/access.ts';
import type { BrokerPaths } from './bundle-layout.ts';

/**
 * Bytes; the contract's largest payload is 2,048, topics and MQTT 5 properties come on top. Mosquitto 2.0 does not
 * hold WebSocket clients to it.
 */
const maxPacketSizeBytes = 8192;

export interface ConfInput {
  readonly devicePort: number;
  readonly webPort: number;
  readonly access: Pick<BrokerAccess, 'deviceLogin'>;
  readonly hasRevocationList: boolean;
  readonly paths: BrokerPaths;
}

export const mosquittoConf = (input: ConfInput): string =>
  general + deviceListener(input) + webListener(input);

const general = `# Paths are relative to this file's folder: Mosquitto is started there, or they are made absolute.

# Users and rights belong to each listener; with this line they must stand inside it, or they are silently lost.
per_listener_settings true

# Nothing is kept on disk: the devices send their state again when they connect.
persistence false
# Mosquitto 2.0 holds only the device port to this size, 2.1 both.
max_packet_size ${maxPacketSizeBytes}
max_queued_messages 20
`;

const deviceWords = {
  certificate:
    "# Devices: both sides show a certificate. The name in the device's certificate is its user name and client id.",
  password:
    '# Devices: the broker shows a certificate, devices give name and password. The name is the client id, too.',
  both: '# Devices: any certificate of the client authority, and a name and password. The name is the client id, too.',
} as const;

function deviceListener({ devicePort, access, hasRevocationList, paths }: ConfInput): string {
  const { deviceLogin } = access;
  const certificateLines = [
    `cafile ${paths.clientAuthority}`,
    ...(hasRevocationList ? [`crlfile ${paths.revocationList}`] : []),
    'require_certificate true',
    ...(deviceLogin === 'certificate' ? ['use_identity_as_username true'] : []),
  ];
  return `
${[
  deviceWords[deviceLogin],
  `listener ${devicePort}`,
  'allow_anonymous false',
  `certfile ${paths.deviceListener}`,
  `keyfile ${paths.deviceListenerKey}`,
  ...(deviceLogin === 'password' ? [] : certificateLines),
  'use_username_as_clientid true',
  'tls_version tlsv1.2',
  ...(deviceLogin === 'certificate' ? [] : [`password_file ${paths.devicePasswords}`]),
  `acl_file ${paths.deviceAccess}`,
].join('\n')}
`;
}

// No client certificate here: browsers offer none for a script's WebSocket, the handshake would just fail.
const webListener = ({ webPort, paths }: ConfInput): string => `
# Browsers: MQTT over WebSocket and TLS, with user name and password.
listener ${webPort}
protocol websockets
allow_anonymous false
certfile ${paths.webListener}
keyfile ${paths.webListenerKey}
tls_version tlsv1.2
password_file ${paths.passwords}
acl_file ${paths.webAccess}
`;
