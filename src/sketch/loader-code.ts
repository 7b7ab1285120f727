/**
 * C++ for a person's own sketch that loads what a preset put on the board: whole files only, of a bounded size, with a
 * terminating zero. For the ESP8266 Arduino core 2.6 and later: LittleFS and BearSSL.
 */
import { cString } from './c-source.ts';
import type { ChosenFile } from './presets.ts';

/** Larger than any certificate or key a device can use. */
const largestFileBytes = 4096;

const readWholeFile = `struct FileBytes {
  uint8_t *bytes;
  size_t size;
};

static const size_t LARGEST_FILE_BYTES = ${largestFileBytes};

// The whole file with a zero byte behind it; bytes is nullptr when that did not work.
static FileBytes readWholeFile(const char *path) {
  FileBytes result = {nullptr, 0};
  File file = LittleFS.open(path, "r");
  if (!file) {
    Serial.printf("Missing file: %s\\n", path);
    return result;
  }
  const size_t size = file.size();
  if (size == 0 || size > LARGEST_FILE_BYTES) {
    Serial.printf("Not a usable size: %s has %u bytes\\n", path, static_cast<unsigned>(size));
    return result;
  }
  uint8_t *bytes = static_cast<uint8_t *>(malloc(size + 1));
  if (bytes == nullptr) {
    Serial.printf("No memory for %s\\n", path);
    return result;
  }
  if (file.readBytes(reinterpret_cast<char *>(bytes), size) != size) {
    Serial.printf("Read only a part of %s\\n", path);
    free(bytes);
    return result;
  }
  bytes[size] = 0;
  result.bytes = bytes;
  result.size = size;
  return result;
}`;

const mount = `  // Without this a file system that cannot be read is formatted: the credentials would be gone.
  LittleFS.setConfig(LittleFSConfig(false));
  if (!LittleFS.begin()) {
    Serial.println("No file system: flash the files for the layout this sketch is built for.");
    return false;
  }`;

export interface LoaderOptions {
  /** The files the sketch finds, as a preset or a person chose them. */
  readonly files: readonly ChosenFile[];
  /** SHA-1 of the broker's certificate, 20 bytes; used when no authority is among the files. */
  readonly brokerSha1: Uint8Array;
}

/** Code to paste above `setup()`; call `loadCredentials(wifiClient)` once, before connecting. */
export function loaderCode({ files, brokerSha1 }: LoaderOptions): string {
  const find = (what: ChosenFile['what']): ChosenFile | undefined =>
    files.find((chosen) => chosen.what === what);
  const [authority, certificate, key] = [find('authority'), find('certificate'), find('key')];
  const steps = [
    mount,
    authority ? loadAuthority(authority) : pinFingerprint(brokerSha1),
    ...(certificate && key ? [loadClient(certificate, key)] : []),
    '  return true;',
  ];
  return [
    '#include <ESP8266WiFi.h>',
    '#include <LittleFS.h>',
    '#include <WiFiClientSecureBearSSL.h>',
    '',
    readWholeFile,
    '',
    '// The client keeps pointers to what is loaded here: it stays for as long as the sketch runs.',
    'bool loadCredentials(BearSSL::WiFiClientSecure &client) {',
    steps.join('\n\n'),
    '}',
    '',
  ].join('\n');
}

const declareObjects = (authority: string): string => `static BearSSL::X509List authority(${authority});`;

/** The same for the headers of S2 and S3: what they hold is compiled in, there is nothing to read. */
export const headerLoaderCode = {
  s2: [
    '#include <ESP8266WiFi.h>',
    '#include <WiFiClientSecureBearSSL.h>',
    '#include "broker_trust.h"',
    '',
    declareObjects('caCert'),
    '',
    '// One check only: setFingerprint(mqttCertFingerprint) would replace the authority, not add to it.',
    'void loadCredentials(BearSSL::WiFiClientSecure &client) {',
    '  client.setTrustAnchors(&authority);',
    '}',
    '',
  ].join('\n'),
  s3: [
    '#include <ESP8266WiFi.h>',
    '#include <WiFiClientSecureBearSSL.h>',
    '#include "secure_credentials.h"',
    '',
    declareObjects('CA_CERT_PROG'),
    'static BearSSL::X509List certificate(CLIENT_CERT_PROG);',
    'static BearSSL::PrivateKey key(CLIENT_KEY_PROG);',
    '',
    'void loadCredentials(BearSSL::WiFiClientSecure &client) {',
    '  client.setTrustAnchors(&authority);',
    '  if (key.isRSA()) client.setClientRSACert(&certificate, &key);',
    '  else client.setClientECCert(&certificate, &key, BR_KEYTYPE_SIGN, BR_KEYTYPE_EC);',
    '}',
    '',
    'void joinWifi() {',
    '  WiFi.begin(STASSID, STAPSK);',
    '}',
    '',
  ].join('\n'),
} as const;

/** The constructors take PEM as a text and DER with its length. */
const parsed = (type: string, variable: string, { format }: ChosenFile): string =>
  format === 'pem'
    ? `new BearSSL::${type}(reinterpret_cast<const char *>(${variable}.bytes))`
    : `new BearSSL::${type}(${variable}.bytes, ${variable}.size)`;

const loadAuthority = (
  chosen: ChosenFile,
): string => `  FileBytes caFile = readWholeFile(${cString(chosen.path)});
  if (caFile.bytes == nullptr) return false;
  BearSSL::X509List *authority = ${parsed('X509List', 'caFile', chosen)};
  free(caFile.bytes);
  if (authority->getCount() == 0) {
    Serial.println("The authority's file holds no certificate.");
    return false;
  }
  client.setTrustAnchors(authority);`;

const pinFingerprint = (
  sha1: Uint8Array,
): string => `  // Only this very certificate of the broker is accepted: a new one needs a new fingerprint here.
  if (!client.setFingerprint("${spacedHex(sha1)}")) return false;`;

const loadClient = (
  certificate: ChosenFile,
  key: ChosenFile,
): string => `  FileBytes certificateFile = readWholeFile(${cString(certificate.path)});
  if (certificateFile.bytes == nullptr) return false;
  BearSSL::X509List *certificate = ${parsed('X509List', 'certificateFile', certificate)};
  free(certificateFile.bytes);

  FileBytes keyFile = readWholeFile(${cString(key.path)});
  if (keyFile.bytes == nullptr) return false;
  BearSSL::PrivateKey *key = ${parsed('PrivateKey', 'keyFile', key)};
  free(keyFile.bytes);

  if (certificate->getCount() == 0 || (!key->isEC() && !key->isRSA())) {
    Serial.println("The certificate or its key is not readable.");
    return false;
  }
  if (key->isRSA()) client.setClientRSACert(certificate, key);
  // The last argument is the kind of key of the authority that signed the certificate.
  else client.setClientECCert(certificate, key, BR_KEYTYPE_SIGN, BR_KEYTYPE_EC);`;

const spacedHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(' ');
