/**
 * What a person can press when a stage failed: a verdict for every code of the contract. Knows what the page offers only
 * as names; where they lead is the screen's business. A table.
 */
import type { DeviceCode } from '../contract/codes.ts';

export type MendingAction =
  /** The project's Wi-Fi name and password. */
  | 'edit-wifi'
  /** The device's own settings: sensor, pins, interval. */
  | 'settings'
  /** Firmware and settings onto the board again, over USB. */
  | 'write'
  /** The broker's files and how it is started. */
  | 'broker'
  /** Other host names, or new certificates: those belong to the making of a project. */
  | 'new-project'
  /** The board's reset, over the cable: it tries everything again at once. */
  | 'restart'
  /** Ends safe mode, over the cable. */
  | 'leave-safe-mode'
  /** Where commands are given. */
  | 'live';

/** In the order in which they should be tried; or why there is nothing to press. */
export type Mending = { readonly actions: readonly MendingAction[] } | { readonly nothing: string };

const press = (...actions: readonly MendingAction[]): Mending => ({ actions });
const nothing = (why: string): Mending => ({ nothing: why });
const itself = 'the board tries again by itself';

export const mendings: Readonly<Record<DeviceCode, Mending>> = {
  101: press('write'),
  102: press('write'),
  103: press('settings'),
  104: press('write'),
  105: press('write'),
  201: press('edit-wifi', 'restart'),
  202: press('edit-wifi'),
  203: press('restart'),
  301: press('restart'),
  302: nothing('it is the time server that is wrong, and the board goes on with the later time'),
  351: press('new-project', 'restart'),
  352: press('restart'),
  401: press('new-project'),
  402: press('restart'),
  403: press('new-project'),
  404: press('broker', 'write'),
  405: press('write'),
  406: press('restart'),
  407: press('broker'),
  408: nothing("the reason stands in the broker's log"),
  501: press('broker', 'restart'),
  502: press('broker'),
  503: press('broker'),
  504: nothing(itself),
  601: nothing('the message is kept by the broker, and other programs can delete it there'),
  602: press('live'),
  603: press('write'),
  604: press('write'),
  605: press('live'),
  606: nothing('the board asks for the time by itself'),
  607: press('live'),
  608: press('live'),
  609: press('settings'),
  610: press('live'),
  611: nothing('it needs only some seconds'),
  701: press('write'),
  702: press('settings'),
  703: press('write'),
  801: press('settings', 'restart'),
  901: press('settings', 'leave-safe-mode'),
};

/** Of a number that this page may not know. */
export const mendingOf = (code: number | null): Mending =>
  (code === null ? undefined : (mendings as Readonly<Record<number, Mending>>)[code]) ??
  nothing('this page does not know the code');
