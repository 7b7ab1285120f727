// Makes RSA keys in a frame of its own: a sandboxed document is another process, with a thread of its own for keys. It
// has no origin, so it loads no modules and reaches no storage; it answers only the port that its page hands to it.
'use strict';

addEventListener(
  'message',
  ({ ports: [port] }) => {
    if (!port) return;
    port.onmessage = async ({ data: { modulusLength } }) => {
      const parameters = {
        name: 'RSASSA-PKCS1-v1_5',
        hash: 'SHA-256',
        modulusLength,
        publicExponent: Uint8Array.of(1, 0, 1),
      };
      try {
        const { privateKey } = await crypto.subtle.generateKey(parameters, true, ['sign', 'verify']);
        const pkcs8 = await crypto.subtle.exportKey('pkcs8', privateKey);
        port.postMessage({ pkcs8 }, [pkcs8]);
      } catch (thrown) {
        port.postMessage({ why: thrown instanceof Error ? thrown.name : 'unknown' });
      }
    };
    port.postMessage({ ready: true });
  },
  { once: true },
);
