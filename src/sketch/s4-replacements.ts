/**
 * What a sketch in the manner of S4 has to have replaced: it was written for SPIFFS and axTLS, which left the core. The
 * lines before are what to look for; those after call `loadCredentials` of loader-code.ts.
 */
export interface Replacement {
  /** Lines to look for; names of variables differ from sketch to sketch. */
  readonly before: string;
  /** Lines that stand there now; empty: nothing does. */
  readonly after: string;
  readonly why: string;
}

export const s4Replacements: readonly Replacement[] = [
  {
    before: '#include <FS.h>',
    after: '#include <LittleFS.h>',
    why: 'The core deprecated SPIFFS; files written by this page lie in LittleFS.',
  },
  {
    before: 'WiFiClientSecure tlsClient;',
    after: 'BearSSL::WiFiClientSecure tlsClient;',
    why: 'axTLS was removed in core 3.0: BearSSL does TLS, with clearer rules.',
  },
  {
    before: [
      'SPIFFS.begin();',
      'File certificateFile = SPIFFS.open("/client.crt.der", "r");',
      'tlsClient.loadCertificate(certificateFile);',
      'File keyFile = SPIFFS.open("/client.key.der", "r");',
      'tlsClient.loadPrivateKey(keyFile);',
    ].join('\n'),
    after: 'if (!loadCredentials(tlsClient)) return;',
    why: 'The code above reads both files whole, checks their sizes, and never formats what it cannot read.',
  },
  {
    before: [
      'tlsClient.connect(brokerHost, 8883);',
      'bool isBroker = tlsClient.verify(fingerprint, brokerHost);',
      'tlsClient.stop();',
    ].join('\n'),
    after: '',
    why: 'BearSSL checks the broker inside every handshake; a connection of its own for it is no longer needed.',
  },
];
