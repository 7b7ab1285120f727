/** Which broker addresses a page may dial. Knows nothing of MQTT. */
import { AppError } from '../../shared/errors.ts';

/**
 * Returns the address in its normal form. Throws live.plain-websocket for `ws:`, live.broker-address for anything that
 * is no `wss:` address, and for one with a user or a password in it (addresses end up in logs).
 */
export function checkedBrokerUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol === 'ws:') throw new AppError('live.plain-websocket', { details: { host: url.host } });
  if (url?.protocol !== 'wss:' || url.hostname === '' || url.username !== '' || url.password !== '') {
    throw new AppError('live.broker-address');
  }
  url.hash = '';
  return url.href;
}
