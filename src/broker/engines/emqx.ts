/** EMQX 5.8, one node or several: emqx.conf, acl.conf, users for its built-in database, and a compose file. */
import { deviceUsers, webUsers, type UserRules } from '../access-rules.ts';
import type { BundleFile } from '../bundle.ts';
import type { BundleInput } from '../bundle-input.ts';
import { listenerFiles, notRun, secretText, textFile } from './engine-files.ts';

export interface EmqxUser {
  readonly user: string;
  /** Text that goes into the hash as it stands, and PBKDF2-HMAC-SHA-512 with 64 bytes, both hex. */
  readonly salt: string;
  readonly hashHex: string;
}

export interface EmqxInput extends BundleInput {
  readonly emqx: {
    /** Addresses of the machines; one for a single node. */
    readonly nodes: readonly string[];
    /** Shared secret of the nodes. */
    readonly cookie: string;
    readonly iterations: number;
    readonly users: readonly EmqxUser[];
  };
}

const folder = '/opt/emqx/etc/signet';

export function emqxFiles(input: EmqxInput): BundleFile[] {
  const rows = input.emqx.users.map(({ user, hashHex, salt }) => `${user},${hashHex},${salt},false\n`);
  return [
    textFile('README.txt', 'how to start it, and what is different', readme(input)),
    textFile('docker-compose.yml', 'one node', compose(input)),
    secretText('etc/emqx.conf', 'ports, certificates, limits', configuration(input)),
    textFile('etc/acl.conf', 'who may do what', accessFile(input)),
    secretText(
      'etc/users.csv',
      'password hashes',
      `user_id,password_hash,salt,is_superuser\n${rows.join('')}`,
    ),
    ...listenerFiles(input.certificates).map((file) => ({ ...file, path: `etc/${file.path}` })),
  ];
}

/** Names are one space here: rights of both ports stand in one list. */
function accessFile(input: EmqxInput): string {
  const users = [...deviceUsers(input), ...webUsers(input)];
  const merged = new Map<string, UserRules['rules'][number][]>();
  for (const { user, rules } of users) merged.set(user, [...(merged.get(user) ?? []), ...rules]);
  const lines = [...merged].flatMap(([user, rules]) => [
    ...topicsOf(
      user,
      'publish',
      rules.filter(({ may }) => may === 'write'),
    ),
    ...topicsOf(
      user,
      'subscribe',
      rules.filter(({ may }) => may === 'read'),
    ),
  ]);
  return `%% Who may do what. Read again by: emqx ctl conf reload\n${lines.join('')}{deny, all}.\n`;
}

const topicsOf = (user: string, action: 'publish' | 'subscribe', rules: UserRules['rules']): string[] => {
  const topics = [...new Set(rules.map(({ topic }) => `"${topic}"`))];
  return topics.length === 0 ? [] : [`{allow, {username, "${user}"}, ${action}, [${topics.join(', ')}]}.\n`];
};

const configuration = (input: EmqxInput): string =>
  nodeSection(input) + deviceSection(input) + webSection(input) + accessSection(input);

function nodeSection({ projectId, emqx: { nodes, cookie } }: EmqxInput): string {
  const seeds = nodes.map((node) => `"emqx@${node}"`).join(', ');
  const isCluster = nodes.length > 1;
  return `# EMQX 5.8. ${notRun}
node {
  name = "emqx@${nodes[0] ?? '127.0.0.1'}"
  cookie = "${cookie}"
  data_dir = "/opt/emqx/data"
}
cluster {
  name = "signet_${projectId.replaceAll('-', '_')}"
  discovery_strategy = ${isCluster ? 'static' : 'manual'}
${isCluster ? `  static.seeds = [${seeds}]\n` : ''}}

# The web console is for this machine only.
dashboard.listeners.http.bind = "127.0.0.1:18083"

# Nothing without encryption.
listeners.tcp.default.enable = false
listeners.ws.default.enable = false

mqtt.max_packet_size = 8KB
`;
}

function deviceSection({ devicePort, access }: EmqxInput): string {
  const isByCertificate = access.deviceLogin === 'certificate';
  const client = isByCertificate
    ? '  peer_cert_as_username = cn\n  peer_cert_as_clientid = cn'
    : '  use_username_as_clientid = true';
  const peer =
    access.deviceLogin === 'password'
      ? '    verify = verify_none'
      : `    cacertfile = "${folder}/certs/client-ca.crt"\n    verify = verify_peer\n    fail_if_no_peer_cert = true`;
  return `zones.devices.mqtt {
${client}
}

# Devices
listeners.ssl.default {
  enable = true
  bind = "0.0.0.0:${devicePort}"
  zone = devices
  enable_authn = ${isByCertificate ? 'false' : 'true'}
  ssl_options {
    certfile = "${folder}/certs/device-listener.crt"
    keyfile = "${folder}/certs/device-listener.key"
${peer}
    versions = ["tlsv1.3", "tlsv1.2"]
  }
}
`;
}

const webSection = ({ webPort }: EmqxInput): string => `
# Browsers: name and password
listeners.wss.default {
  enable = true
  bind = "0.0.0.0:${webPort}"
  websocket.mqtt_path = "/"
  ssl_options {
    certfile = "${folder}/certs/web-listener.crt"
    keyfile = "${folder}/certs/web-listener.key"
    verify = verify_none
    versions = ["tlsv1.3", "tlsv1.2"]
  }
}
`;

const accessSection = ({ emqx }: EmqxInput): string => `
authentication = [
  {
    mechanism = password_based
    backend = built_in_database
    user_id_type = username
    password_hash_algorithm { name = pbkdf2, mac_fun = sha512, iterations = ${emqx.iterations}, dk_length = 64 }
    bootstrap_file = "${folder}/users.csv"
    bootstrap_type = hash
  }
]

authorization {
  no_match = deny
  deny_action = ignore
  sources = [{ type = file, enable = true, path = "${folder}/acl.conf" }]
}
`;

const compose = ({ projectId }: EmqxInput): string => `# docker compose up -d. ${notRun}
# The nodes of a cluster talk on the ports 4370 and 5370: open them between the machines, and nowhere else.
name: signet-${projectId}-emqx

services:
  emqx:
    image: emqx/emqx:5.8.6
    network_mode: host
    restart: unless-stopped
    environment:
      EMQX_NODE__NAME: "emqx@\${NODE_HOST:-127.0.0.1}"
    volumes:
      - ./etc/emqx.conf:/opt/emqx/etc/emqx.conf
      - ./etc:${folder}:ro
      - data:/opt/emqx/data

volumes:
  data:
`;

function readme({ emqx, devicePort, webPort }: EmqxInput): string {
  const isCluster = emqx.nodes.length > 1;
  const start = isCluster
    ? emqx.nodes.map((node) => `  on ${node}:  NODE_HOST=${node} docker compose up -d`).join('\n')
    : '  docker compose up -d';
  return `EMQX with the same certificates and rights. ${notRun}

Start
${start}
The keys must be readable for uid 1000, the user in the image:  sudo chown -R 1000:1000 etc
${
  isCluster
    ? `\nEach machine gets this whole folder. Devices know one host name: let it name all machines (several A records), or
put a TCP load balancer in front of the ports ${devicePort} and ${webPort} that passes TLS through. From version 5.9 on a cluster
needs a license.\n`
    : ''
}
What is different from Mosquitto
- One list of names for both ports: a certificate and a password user of one name have each other's rights.
- A subscription that is not allowed is refused as a whole, where Mosquitto lets it stand and delivers nothing.
- Revoked certificates: EMQX asks for a list only at an address in the certificate, which ours do not carry. A revoked
  device still gets in; its rights are gone. To keep it out:  emqx ctl banned, or the console's banned clients.
- users.csv fills the database once. Users that changed later: delete them in the console, restart, or start anew.
`;
}
