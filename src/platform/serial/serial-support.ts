/** Whether this browser, on this page, has serial ports at all. The feature is looked for, never the browser. */
import type { SerialMissing } from '../../ports/serial.ts';

/** Null when it has. */
export function missingSerial(window: Window): SerialMissing | null {
  if (!window.isSecureContext) return 'insecure-page';
  return 'serial' in window.navigator ? null : 'no-web-serial';
}
