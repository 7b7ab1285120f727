/**
 * What can be found out about a broker from inside a page. Facts only: what they mean is said in known-causes.ts and
 * candidates.ts. How they are gathered is not known here (workflows/check-broker.ts does it).
 */

/** How near a host is to this computer, as far as its name or address tells. */
export type Place = 'this-computer' | 'local' | 'public' | 'unknown';

/** How one attempt to open a WebSocket ended. `blocked`: the page's own policy stopped it before it left the browser. */
export interface Dial {
  readonly end: 'opened' | 'closed' | 'silent' | 'blocked';
  /** The close event's code; null without such an event. 1015 means TLS, where a browser tells (Firefox). */
  readonly closeCode: number | null;
  readonly tookMs: number;
}

export interface PageEvidence {
  /** The broker lives inside the page (the demo): there is no network, no TLS, nothing to trust. */
  readonly isSimulated: boolean;
  readonly isSecure: boolean;
  readonly isOnline: boolean;
  /** As the browser's settings name the page. */
  readonly origin: string;
  readonly place: Place;
  readonly localNetwork: LocalNetworkEvidence;
}

export interface LocalNetworkEvidence {
  /** `unsupported`: the browser has no such permission and never asks. */
  readonly state: 'granted' | 'denied' | 'prompt' | 'unsupported';
  /** The page's host, or a page around this one, took the feature away: nobody is ever asked. */
  readonly isForbidden: boolean;
}

export interface ClockEvidence {
  /** Unix ms, this computer's. */
  readonly nowMs: number;
  /** This computer's clock minus that of the page's host, in ms; null without another computer's clock. */
  readonly aheadMs: number | null;
  /** When this project was made, by this computer's clock then. */
  readonly projectMadeAtMs: number;
}

/** The certificate that the newest bundle shows on the browser port. */
export interface CertificateEvidence {
  readonly names: readonly string[];
  readonly coversHost: boolean;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly authorityNotBeforeMs: number;
  readonly authorityNotAfterMs: number;
  /** What else Chrome has against it, in words; null for nothing. */
  readonly objection: { readonly reason: string; readonly mend: string } | null;
  readonly sha256Fingerprint: string;
  /** When it took the place of an older one, and when its authority did, Unix ms; null while they are the first. */
  readonly renewedAtMs: number | null;
  readonly authorityReplacedAtMs: number | null;
}

/** The last time that this browser reached this broker; null for never. */
export interface MemoryEvidence {
  readonly atMs: number;
  readonly hasSameAuthority: boolean;
  readonly hasSameCertificate: boolean;
}

/** How fast the broker's port refuses, beside ports whose answer is known. Samples of one kind, in the order taken. */
export interface DialEvidence {
  readonly target: readonly Dial[];
  /** A port of the same host on which hardly anybody listens. */
  readonly unused: readonly Dial[];
  readonly devicePort: readonly Dial[];
  /** A port that the browser refuses by itself: how long it holds every connection back. Null: not taken. */
  readonly refusedByBrowser: Dial | null;
  /** The broker port under the project's other names and addresses. */
  readonly otherHosts: readonly { readonly host: string; readonly dial: Dial }[];
}

/** What came of speaking MQTT, once the socket was open. */
export interface SessionEvidence {
  /** The broker's refusal of the login: 1–5 in MQTT 3.1.1, from 128 in MQTT 5; null for none. */
  readonly connackCode: number | null;
  readonly isLoggedIn: boolean;
  readonly areSubscriptionsRefused: boolean;
  /** The reason code for a message on a command topic: 135 is the access list's no; null when none was sent. */
  readonly publishCode: number | null;
  /** Whether that message came back to its sender; null when none was sent, or it is not meant to be read. */
  readonly isEchoed: boolean | null;
}

export interface Evidence {
  readonly page: PageEvidence;
  /** Of the browser's family and system, as far as remedies differ. */
  readonly browser: { readonly family: string; readonly system: string };
  readonly host: string;
  readonly place: Place;
  readonly webPort: number;
  readonly devicePort: number;
  readonly projectId: string;
  readonly clock: ClockEvidence;
  readonly certificate: CertificateEvidence;
  readonly memory: MemoryEvidence | null;
  /** When the broker's files were downloaded last, Unix ms; null for never from this project. */
  readonly filesTakenAtMs: number | null;
  /** Null: not dialled, because the browser would ask the person first. */
  readonly dials: DialEvidence | null;
  /** Null: the socket never opened, or the password is locked. */
  readonly session: SessionEvidence | null;
  readonly isLocked: boolean;
}

/** The certificate became another one, and the broker cannot have it: its files were not downloaded since. */
export function isNewerThanFiles({ certificate, filesTakenAtMs }: Evidence): boolean {
  const changedAtMs = Math.max(certificate.renewedAtMs ?? 0, certificate.authorityReplacedAtMs ?? 0);
  return changedAtMs > 0 && (filesTakenAtMs ?? 0) < changedAtMs;
}

/** The socket to the broker opened: name, port, certificate and permission are all right. */
export const isReached = ({ dials }: Evidence): boolean =>
  dials?.target.some(({ end }) => end === 'opened') ?? false;
