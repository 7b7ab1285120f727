/**
 * A Live pass as a link to this page: the encrypted pass stands behind the `#`, which no server is sent. And the pass that
 * this computer was given, kept encrypted as it came, so that a reload asks only for its code.
 */
import { fromUtf8, toBase64Url, fromBase64, utf8 } from '../../shared/bytes.ts';
import { checkEnvelope } from '../../vault/live-pass.ts';
import { placeHref } from '../state/place.svelte.ts';

/** No device can be called so. */
export const passView = '!pass';
const keptKey = 'signet.live-pass';

export const passLink = (text: string): string =>
  new URL(`index.html${placeHref('live', passView, toBase64Url(utf8(text)))}`, document.baseURI).href;

/** Null when the address holds no pass. */
export function passInAddress(detail: string, tab: string): string | null {
  if (detail !== passView || tab === '') return null;
  try {
    const text = fromUtf8(fromBase64(tab.replaceAll('-', '+').replaceAll('_', '/')));
    checkEnvelope(text);
    return text;
  } catch {
    return null;
  }
}

export const keptPass = (): string | null => localStorage.getItem(keptKey);

/** Null forgets it. */
export function keepPass(text: string | null): void {
  if (text === null) localStorage.removeItem(keptKey);
  else localStorage.setItem(keptKey, text);
}
