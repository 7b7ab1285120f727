/**
 * mosquitto.conf for Mosquitto 2.0 and 2.1. Its paths are relative to the folder it lies in, which is the broker's
 * working directory under start.sh and in the container alike. No plaintext listener, ever.
 */

/** Where the files of the bundle lie, seen from mosquitto.conf. */
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
} as const;

/**
 * Bytes; the contract's largest payload is 2,048, topics and MQTT 5 properties come on top. Mosquitto 2.0 does not
 * hold WebSocket clients to it.
 */
const maxPacketSizeBytes = 8192;

export interface ConfInput {
  readonly devicePort: number;
  readonly webPort: number;
  readonly hasRevocationList?: boolean;
}

export function mosquittoConf({ devicePort, webPort, hasRevocationList = false }: ConfInput): string {
  return general + deviceListener(devicePort, hasRevocationList) + webListener(webPort);
}

const general = `# Paths are relative to this file's folder: start Mosquitto there (start.sh and docker-compose.yml do).

# Users and rights belong to each listener; with this line they must stand inside it, or they are silently lost.
per_listener_settings true

# Nothing is kept on disk: the devices send their state again when they connect.
persistence false
# Mosquitto 2.0 holds only the device port to this size, 2.1 both.
max_packet_size ${maxPacketSizeBytes}
max_queued_messages 20
`;

const deviceListener = (port: number, hasRevocationList: boolean): string => `
# Devices: both sides show a certificate. The name in the device's certificate is its user name and client id.
listener ${port}
allow_anonymous false
cafile ${brokerPaths.clientAuthority}
${hasRevocationList ? `crlfile ${brokerPaths.revocationList}\n` : ''}certfile ${brokerPaths.deviceListener}
keyfile ${brokerPaths.deviceListenerKey}
require_certificate true
use_identity_as_username true
use_username_as_clientid true
tls_version tlsv1.2
acl_file ${brokerPaths.deviceAccess}
`;

// No client certificate here: browsers offer none for a script's WebSocket, the handshake would just fail.
const webListener = (port: number): string => `
# Browsers: MQTT over WebSocket and TLS, with user name and password.
listener ${port}
protocol websockets
allow_anonymous false
certfile ${brokerPaths.webListener}
keyfile ${brokerPaths.webListenerKey}
tls_version tlsv1.2
password_file ${brokerPaths.passwords}
acl_file ${brokerPaths.webAccess}
`;
