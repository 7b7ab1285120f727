/** Everything that can be wrong between this page and a broker. Words: verdict-texts.ts. */

/** What a page can know for certain. */
export type KnownCause =
  | 'insecure-page'
  | 'blocked-by-page-host'
  | 'local-network-forbidden'
  | 'offline'
  | 'blocked-port'
  | 'local-network-refused'
  | 'local-network-unasked'
  | 'clock-ahead'
  | 'clock-behind'
  | 'certificate-expired'
  | 'certificate-not-yet-valid'
  | 'authority-expired'
  | 'host-not-listed'
  | 'certificate-refused'
  | 'locked'
  | 'password'
  | 'login-refused'
  | 'not-mqtt'
  | 'may-not-read'
  | 'may-not-command';

/** What browsers make indistinguishable: each of them is a close code 1006. */
export type LikelyCause =
  | 'authority-untrusted'
  | 'older-bundle'
  | 'other-service'
  | 'port-closed'
  | 'name-unknown'
  | 'host-silent'
  | 'firewall';

export type Cause = KnownCause | LikelyCause;
