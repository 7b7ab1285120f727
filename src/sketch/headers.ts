/** The headers that the tutorials compile into their programs. What is in them is in the program: secret ones say so. */
import { fromUtf8 } from '../shared/bytes.ts';
import { byteInitializer, cLines, cString, xxdInclude } from './c-source.ts';
import type { EncodedObject, SketchHeader, SketchMaterial } from './material.ts';

const secretWarning = [
  "// Holds this device's private key and the Wi-Fi password. Keep it out of version control:",
  '// add its name to .gitignore. Every device gets its own.',
];

/** A PEM text as a C string in program memory. */
export const programText = (name: string, object: EncodedObject): string =>
  `static const char ${name}[] PROGMEM =\n${cLines(fromUtf8(object.pem))};`;

/** `secure_credentials.h` (S3): Wi-Fi, authority, certificate and key; nothing lies in the file system. */
export function secureCredentialsHeader(material: SketchMaterial): SketchHeader {
  const { wifi, authority, certificate, key } = material;
  const text = [
    '#ifndef SECURE_CREDENTIALS_H',
    '#define SECURE_CREDENTIALS_H',
    '',
    ...secretWarning,
    '',
    '#include <pgmspace.h>',
    '',
    `#define STASSID ${cString(wifi.ssid)}`,
    `#define STAPSK ${cString(wifi.psk)}`,
    '',
    programText('CA_CERT_PROG', authority),
    '',
    programText('CLIENT_CERT_PROG', certificate),
    '',
    programText('CLIENT_KEY_PROG', key),
    '',
    '#endif',
    '',
  ].join('\n');
  return { name: 'secure_credentials.h', text, isSecret: true };
}

/** `broker_trust.h` (S2): `caCert` and `mqttCertFingerprint`, the names its sketch uses. */
export function brokerTrustHeader({ authority, brokerSha1 }: SketchMaterial): SketchHeader {
  const text = [
    '#ifndef BROKER_TRUST_H',
    '#define BROKER_TRUST_H',
    '',
    '#include <pgmspace.h>',
    '#include <stdint.h>',
    '',
    "// The authority that signed the broker's certificate.",
    programText('caCert', authority),
    '',
    "// SHA-1 of the broker's certificate. It changes with every new certificate; the authority does not.",
    `static const uint8_t mqttCertFingerprint[] = ${byteInitializer(brokerSha1)};`,
    '',
    '#endif',
    '',
  ].join('\n');
  return { name: 'broker_trust.h', text, isSecret: false };
}

/** `rootCA_certificate.der.h` (S1, S5), as `xxd -i rootCA_certificate.der` makes it. */
export const authorityArrayHeader = ({ authority }: SketchMaterial): SketchHeader => ({
  name: 'rootCA_certificate.der.h',
  text: xxdInclude('rootCA_certificate.der', authority.der),
  isSecret: false,
});
