/** What each line of a bundle's files does, in words for people. Lines that explain themselves get none. */

export interface ExplainedLine {
  readonly text: string;
  /** Empty where nothing is to be said. */
  readonly words: string;
}

/** @param path of the bundle; @param text with LF line ends. */
export function explainedLines(path: string, text: string): ExplainedLine[] {
  const explain = explainerOf(path);
  return text
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => ({ text: line, words: explain(line) }));
}

type Explainer = (line: string) => string;

const silent: Explainer = () => '';

function explainerOf(path: string): Explainer {
  const name = path.split('/').at(-1) ?? path;
  if (name === 'mosquitto.conf') return configLine;
  if (name.startsWith('acl-')) return aclLine;
  if (name.startsWith('passwd')) return passwordLine;
  if (name === 'docker-compose.yml') return composeLine;
  return /\.(crt|key|crl)$/.test(name) ? pemLine : silent;
}

const configWords: Readonly<Record<string, string>> = {
  per_listener_settings: 'each port keeps its own users and rights',
  persistence: 'nothing is written to disk',
  max_packet_size: 'bytes; a longer message ends the connection',
  max_queued_messages: 'messages kept for a client that is slow',
  listener: 'a port to listen on',
  protocol: 'MQTT inside WebSocket, for browsers',
  allow_anonymous: 'nobody without a name',
  cafile: 'whoever shows a certificate must have it from here',
  crlfile: 'but not one of these',
  certfile: 'what the broker shows of itself',
  keyfile: 'the key to it',
  require_certificate: 'no certificate, no connection',
  use_identity_as_username: "the certificate's name is the user",
  use_username_as_clientid: "nobody can take another's client id",
  tls_version: 'TLS 1.2 or newer',
  acl_file: 'who may do what',
  password_file: 'names and password hashes',
};

const configLine: Explainer = (line) => configWords[line.split(' ')[0] ?? ''] ?? '';

function aclLine(line: string): string {
  const [word, may, topic = ''] = line.split(' ');
  if (word === 'user') return 'the lines below are about this user';
  if (word !== 'topic') return '';
  const leaf = topic.split('/').at(-1) ?? '';
  if (leaf === 'status' && !topic.startsWith('signet/'))
    return may === 'read' ? 'hears when Home Assistant starts' : 'says that Home Assistant is there';
  const verb = may === 'read' ? 'hears' : 'may send';
  return `${verb} ${leafWords[leaf] ?? 'this topic'}`;
}

const leafWords: Readonly<Record<string, string>> = {
  tele: 'readings',
  status: 'whether it is there',
  reply: 'answers to commands',
  health: 'memory and signal',
  cmd: 'commands (believed only when signed)',
  config: 'its announcement to Home Assistant',
  '#': 'everything below',
};

const passwordLine: Explainer = (line) => {
  const [user = '', , kind, iterations] = line.split(/[:$]/);
  return kind === '7'
    ? `${user}: salt and PBKDF2-HMAC-SHA-512 hash, ${iterations ?? ''} rounds; no password`
    : '';
};

const composeWords: readonly (readonly [RegExp, string])[] = [
  [/^ {2}prepare:/, 'runs once, as root: copies the files and gives them to uid 1883'],
  [/^ {2}broker:/, 'the broker itself, as uid 1883'],
  [/network_mode: none/, 'it needs no network'],
  [/condition:/, 'waits until the files are ready'],
  [/read_only:/, 'changes nothing in its image'],
  [/cap_drop/, 'no rights of the system'],
  [/no-new-privileges/, 'and none to be gained'],
  [/^ {4}ports:/, 'what the network sees'],
  [/working_dir/, 'paths in mosquitto.conf begin here'],
];

const composeLine: Explainer = (line) => composeWords.find(([pattern]) => pattern.test(line))?.[1] ?? '';

const pemWords: Readonly<Record<string, string>> = {
  '-----BEGIN CERTIFICATE-----': 'a certificate: everybody may see it',
  '-----BEGIN PRIVATE KEY-----': 'a private key: nobody but the broker may',
  '-----BEGIN X509 CRL-----': 'a list of revoked certificates',
};

const pemLine: Explainer = (line) => pemWords[line] ?? '';
