/** What the end of one connection means: give up, or try again, and with which version of MQTT. */
import type { LinkFailure } from '../../ports/broker-link.ts';

export type MqttVersion = 4 | 5;

/** How far a connection came, and why it ended. */
export interface ConnectionEnd {
  readonly socketOpened: boolean;
  /** The broker accepted login and subscriptions. */
  readonly wasReady: boolean;
  /** CONNACK code when the broker refused the login: 1–5 in MQTT 3.1.1, from 128 in MQTT 5. */
  readonly connackCode: number | null;
  readonly subscriptionsRefused: boolean;
  /** Bytes that were no MQTT, or a packet out of order. */
  readonly protocolError: boolean;
}

export interface Verdict {
  readonly reason: LinkFailure;
  /** Trying again cannot help until the person changes something. */
  readonly isFinal: boolean;
  /** The other version of MQTT is worth a try, without a wait. */
  readonly otherVersion: boolean;
}

const badCredentials = new Set([4, 134]);
const notAuthorised = new Set([5, 135, 138, 140]);
const unsupportedVersion = new Set([1, 132]);
const malformed = new Set([129, 130, 2, 133, 149]);

const final = (reason: LinkFailure): Verdict => ({ reason, isFinal: true, otherVersion: false });
const again = (reason: LinkFailure): Verdict => ({ reason, isFinal: false, otherVersion: false });

/** `withPassword`: Mosquitto answers a wrong password with "not authorised", which then means the password. */
export function judgeEnd(end: ConnectionEnd, version: MqttVersion, withPassword: boolean): Verdict {
  if (end.connackCode !== null) return judgeRefusal(end.connackCode, version, withPassword);
  if (end.subscriptionsRefused) return final('not-authorised');
  if (end.wasReady) return again(end.protocolError ? 'protocol' : 'lost');
  if (!end.socketOpened) return again('unreachable');
  // A broker that knows only 3.1.1 may close without a word when it sees MQTT 5.
  return { reason: end.protocolError ? 'protocol' : 'lost', isFinal: false, otherVersion: version === 5 };
}

function judgeRefusal(code: number, version: MqttVersion, withPassword: boolean): Verdict {
  if (badCredentials.has(code)) return final('password');
  if (notAuthorised.has(code)) return final(withPassword ? 'password' : 'not-authorised');
  if (unsupportedVersion.has(code)) {
    return { reason: 'protocol', isFinal: version === 4, otherVersion: version === 5 };
  }
  return malformed.has(code) ? final('protocol') : again('unreachable');
}
