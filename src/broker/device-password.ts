/**
 * A device's password on the broker, where its port asks for one: made from the device's command key, so that page and
 * device always have the same and nothing more is stored. The broker learns nothing about the key from it.
 */
import { toBase64Url, utf8, type Bytes } from '../shared/bytes.ts';

const label = 'signet-mqtt-password-1';

/** 43 characters: HMAC-SHA-256(the `app` key, label), base64url. */
export async function devicePassword(appKey: Bytes): Promise<string> {
  const key = await crypto.subtle.importKey('raw', appKey, { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
  ]);
  return toBase64Url(new Uint8Array(await crypto.subtle.sign('HMAC', key, utf8(label))));
}
