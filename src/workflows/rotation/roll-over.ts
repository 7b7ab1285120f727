/**
 * One authority in another's place, step by step in the order that locks nobody out: what is done, what is next, and who
 * is left. Reads only; from what is stored, so that it says where it does not know.
 */
import type {
  Authority,
  AuthorityRole,
  DeviceId,
  PreviousAuthority,
  Project,
} from '../../project/entities.ts';
import { isSignedBy } from '../trust/authorities.ts';
import { isRevoked } from '../trust/revoke.ts';

/**
 * anchors: every device is given both server authorities. broker: its certificate is signed by the new one. files: the
 * broker's files are downloaded since. devices: every device has a certificate of the new one. browsers: people trust the
 * new web authority. stop: the old one is let go.
 */
export type RollOverStepKind = 'anchors' | 'broker' | 'files' | 'devices' | 'browsers' | 'stop';

export interface RollOverStep {
  readonly kind: RollOverStepKind;
  /** unknown: done by people elsewhere, which no page can see. */
  readonly state: 'done' | 'next' | 'later' | 'unknown';
  /** Whom it is still about. */
  readonly remaining: readonly DeviceId[];
}

export interface RollOver {
  readonly role: AuthorityRole;
  readonly steps: readonly RollOverStep[];
}

/** One for each authority that another one replaces now. */
export const rollOvers = (project: Project): RollOver[] =>
  project.previousAuthorities.map((previous) => ({
    role: previous.role,
    steps: inOrder(stepsOf[previous.role](project, previous)),
  }));

type Judged = {
  readonly kind: RollOverStepKind;
  readonly isDone: boolean | null;
  readonly remaining?: readonly DeviceId[];
};

const stepsOf: Readonly<Record<AuthorityRole, (project: Project, previous: PreviousAuthority) => Judged[]>> =
  {
    server: (project, previous) => {
      const without = devicesWithout(project, project.authorities.server);
      const isSigned = !isSignedBy(project.broker.deviceListener.certificate, previous);
      return [
        { kind: 'anchors', isDone: without.length === 0, remaining: without },
        { kind: 'broker', isDone: isSigned },
        { kind: 'files', isDone: isSigned && isDownloadedSince(project, previous, 'deviceListener') },
        { kind: 'stop', isDone: false },
      ];
    },
    client: (project, previous) => {
      const left = onBoards(project)
        .filter(({ credential }) => isSignedBy(credential.certificate, previous))
        .map(({ id }) => id);
      return [
        { kind: 'files', isDone: isDownloadedSince(project, previous) },
        { kind: 'devices', isDone: left.length === 0, remaining: left },
        { kind: 'stop', isDone: false },
      ];
    },
    web: (project, previous) => {
      const isSigned = !isSignedBy(project.broker.webListener.certificate, previous);
      return [
        { kind: 'browsers', isDone: null },
        { kind: 'broker', isDone: isSigned },
        { kind: 'files', isDone: isSigned && isDownloadedSince(project, previous, 'webListener') },
        { kind: 'stop', isDone: false },
      ];
    },
  };

/** Certificates begin a day before they are made. */
const dayMs = 86_400_000;

function isDownloadedSince(
  { broker }: Project,
  { replacedAtMs }: PreviousAuthority,
  listener?: 'deviceListener' | 'webListener',
): boolean {
  const madeAtMs = listener ? broker[listener].certificate.notBeforeMs + dayMs : 0;
  return (broker.lastDownload?.atMs ?? 0) > Math.max(madeAtMs, replacedAtMs);
}

const onBoards = (project: Project): Project['devices'] =>
  project.devices.filter(
    ({ generation, credential }) => generation !== null && !isRevoked(project, credential.certificate),
  );

/** Not noted counts as not given. */
const devicesWithout = (project: Project, anchor: Authority): DeviceId[] =>
  onBoards(project)
    .filter(({ writtenAnchors = [] }) => !writtenAnchors.includes(anchor.certificate.sha256Fingerprint))
    .map(({ id }) => id);

/** The first that is not done is next; what comes after it is for later, even where it is done too early. */
function inOrder(judged: readonly Judged[]): RollOverStep[] {
  const next = judged.findIndex(({ isDone }) => isDone === false);
  return judged.map(({ kind, isDone, remaining = [] }, i) => {
    if (isDone === null) return { kind, state: 'unknown', remaining };
    if (isDone) return { kind, state: 'done', remaining };
    return { kind, state: i === next ? 'next' : 'later', remaining };
  });
}
