/**
 * What each verifier asks of a broker's certificate. A table: measured with the real ones (tests/interop/pki-verdicts)
 * where `isMeasured`, else from their makers' published rules.
 */
export interface Verifier {
  readonly id:
    'esp8266' | 'esp32' | 'mosquitto' | 'node-red' | 'strict' | 'chrome' | 'firefox' | 'apple' | 'windows';
  readonly name: string;
  readonly isMeasured: boolean;
  /** On which of the broker's ports it is met. */
  readonly port: 'devices' | 'browsers';
  /** `names-only`: an address as host is compared with DNS names, never with addresses. */
  readonly hosts: 'names-only' | 'names-and-addresses';
  /** When the subject's common name counts as the host's. */
  readonly commonName: 'without-alternative-names' | 'without-dns-names' | 'never';
  /** Whether "*.local" matches "pi.local": with a single label behind the asterisk. */
  readonly takesShallowWildcards: boolean;
  readonly purposes: 'ignored-unless-critical' | 'checked' | 'required';
  readonly needsDigitalSignature: boolean;
  readonly refusedDigests: readonly string[];
  readonly minRsaBits: number;
  /** `unreadable`: an authority with critical ones cannot be read at all. */
  readonly nameConstraints: 'ignored' | 'enforced' | 'unreadable';
  /** What an authority must say of itself when it is trusted directly. */
  readonly authority: 'must-say-so' | 'may-be-v1' | 'anything';
  readonly looksAtAuthorityDates: boolean;
  readonly takesAuthorityAsServer: boolean;
  readonly maxDays: number | null;
  /** RFC 5280 to the letter: key identifiers, critical constraints, key usage. */
  readonly isStrict: boolean;
}

const openssl = {
  isMeasured: true,
  port: 'devices',
  hosts: 'names-and-addresses',
  commonName: 'without-dns-names',
  takesShallowWildcards: false,
  purposes: 'checked',
  needsDigitalSignature: false,
  refusedDigests: ['MD5', 'SHA-1'],
  minRsaBits: 2048,
  nameConstraints: 'enforced',
  authority: 'may-be-v1',
  looksAtAuthorityDates: true,
  takesAuthorityAsServer: true,
  maxDays: null,
  isStrict: false,
} as const;

const browser = {
  ...openssl,
  port: 'browsers',
  commonName: 'never',
  needsDigitalSignature: true,
  minRsaBits: 1024,
} as const;

export const verifiers: readonly Verifier[] = [
  {
    ...openssl,
    id: 'esp8266',
    name: 'ESP8266 (BearSSL)',
    hosts: 'names-only',
    commonName: 'without-alternative-names',
    takesShallowWildcards: true,
    purposes: 'ignored-unless-critical',
    needsDigitalSignature: true,
    refusedDigests: ['MD5'],
    minRsaBits: 1017,
    nameConstraints: 'ignored',
    authority: 'must-say-so',
    looksAtAuthorityDates: false,
  },
  {
    ...openssl,
    id: 'esp32',
    name: 'ESP32 (mbedTLS 2.28)',
    hosts: 'names-only',
    commonName: 'without-alternative-names',
    takesShallowWildcards: true,
    needsDigitalSignature: true,
    nameConstraints: 'unreadable',
  },
  { ...openssl, id: 'mosquitto', name: 'Mosquitto (OpenSSL)' },
  { ...openssl, id: 'node-red', name: 'Node-RED (Node.js)', minRsaBits: 1024 },
  { ...openssl, id: 'strict', name: 'Python 3.13 and newer (OpenSSL, strict)', isStrict: true },
  { ...browser, id: 'chrome', name: 'Chrome, Edge', authority: 'anything' },
  { ...browser, id: 'firefox', name: 'Firefox', isMeasured: false, takesAuthorityAsServer: false },
  {
    ...browser,
    id: 'apple',
    name: 'Apple (Safari, iOS)',
    isMeasured: false,
    purposes: 'required',
    needsDigitalSignature: false,
    minRsaBits: 2048,
    authority: 'must-say-so',
    maxDays: 825,
  },
  {
    ...browser,
    id: 'windows',
    name: 'Windows (Schannel)',
    isMeasured: false,
    commonName: 'without-alternative-names',
    needsDigitalSignature: false,
    refusedDigests: ['MD5'],
  },
];
