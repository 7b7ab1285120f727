/**
 * *Check my broker*: gathers what can be known from inside the page, outwards to the broker's access list, and has the
 * doctor judge it. Changes nothing on the broker; one empty message, which every device drops, tries the access list.
 */
import { webUrl } from '../broker/web-url.ts';
import { browserFamily } from '../console/browser-family.ts';
import { deviceTopic, projectFilters } from '../contract/topics.ts';
import { diagnose, type Diagnosis } from '../doctor/diagnosis.ts';
import { isReached, type Evidence, type LocalNetworkEvidence } from '../doctor/evidence.ts';
import { mayBeAsked, placeOf } from '../doctor/places.ts';
import type { Project } from '../project/entities.ts';
import { dashboardUser } from '../project/ids.ts';
import { toHex } from '../shared/bytes.ts';
import { asAppError } from '../shared/errors.ts';
import { cancelled, done, type Outcome, type RunOptions } from '../shared/outcome.ts';
import { certificateEvidence } from './certificate-evidence.ts';
import { dialBroker } from './dial-broker.ts';
import type { Environment } from './environment.ts';
import { rememberConnection, rememberedConnection } from './last-connection.ts';
import { openSecretText } from './open-secret.ts';

export type DoctorEnvironment = Pick<
  Environment,
  'kind' | 'clock' | 'crypto' | 'store' | 'vaults' | 'brokerProbe' | 'surroundings' | 'brokerMemory'
>;

export interface CheckRequest {
  /** Canonical name or address under which the broker is to be reached. */
  readonly host: string;
  /** The person has read why the browser will ask for the local network; without it nothing is dialled that asks. */
  readonly mayAsk: boolean;
}

export interface CheckedBroker {
  readonly evidence: Evidence;
  readonly diagnosis: Diagnosis;
}

const steps = 4;
const hostClockMs = 4_000;
const sessionMs = 8_000;

/** Everything that goes wrong on the way is evidence. Throws what reading the project's certificates throws. */
export async function checkBroker(
  env: DoctorEnvironment,
  project: Project,
  request: CheckRequest,
  options: RunOptions,
): Promise<Outcome<CheckedBroker>> {
  const tell = (phase: string, doneSteps: number): void =>
    options.onProgress?.({ phase, done: doneSteps, total: steps, unit: 'steps' });
  tell('Reading the certificate, the clock and the permission', 0);
  const known = await beforeDialling(env, project, request, options);
  tell(`Knocking at ${request.host}`, 1);
  const reached = await dialled(env, project, { known, request, options });
  tell('Logging in and trying the access list', 3);
  const evidence = isReached(reached)
    ? await withSession(env, project, { known: reached, options })
    : reached;
  if (options.signal.aborted) return cancelled;
  if (evidence.session?.isLoggedIn) rememberConnection(env, project);
  return done({ evidence, diagnosis: diagnose(evidence) });
}

async function beforeDialling(
  env: DoctorEnvironment,
  project: Project,
  { host }: CheckRequest,
  options: RunOptions,
): Promise<Evidence> {
  const { surroundings, clock, crypto } = env;
  const browser = browserFamily(surroundings.userAgent);
  const [certificate, aheadMs, localNetwork] = await Promise.all([
    certificateEvidence(project, { host, browserFamily: browser.family, crypto }),
    aheadOfHost(env, options),
    localNetworkEvidence(env, host),
  ]);
  return {
    page: {
      isSimulated: env.kind === 'demo',
      isSecure: surroundings.isSecure,
      isOnline: surroundings.isOnline(),
      origin: surroundings.origin,
      place: placeOf(surroundings.host),
      localNetwork,
    },
    browser: { family: browser.family, system: browser.system },
    host,
    place: placeOf(host),
    webPort: project.broker.webPort,
    devicePort: project.broker.devicePort,
    projectId: project.id,
    clock: { nowMs: clock.nowMs(), aheadMs, projectMadeAtMs: project.createdAtMs },
    certificate,
    memory: rememberedConnection(env, project),
    filesTakenAtMs: project.broker.lastDownload?.atMs ?? null,
    dials: null,
    session: null,
    isLocked: false,
  };
}

const localNetworkEvidence = (
  { surroundings }: DoctorEnvironment,
  host: string,
): Promise<LocalNetworkEvidence> =>
  surroundings.localNetwork(placeOf(host) === 'this-computer' ? 'this-computer' : 'network');

/** A page from this very computer brings no other clock than this computer's. */
async function aheadOfHost({ surroundings }: DoctorEnvironment, options: RunOptions): Promise<number | null> {
  if (placeOf(surroundings.host) === 'this-computer') return null;
  const answer = await surroundings.hostClock({ ...options, timeoutMs: hostClockMs });
  return answer && answer.atMs - answer.hostMs;
}

interface Way {
  readonly known: Evidence;
  readonly request: CheckRequest;
  readonly options: RunOptions;
}

async function dialled(env: DoctorEnvironment, project: Project, way: Way): Promise<Evidence> {
  const { known, request, options } = way;
  const { page, place, host, webPort, devicePort } = known;
  const wouldAsk = page.localNetwork.state === 'prompt' && mayBeAsked(page.place, place);
  if (wouldAsk && !page.isSimulated && !request.mayAsk) return known;
  const targets = { host, webPort, devicePort, otherHosts: project.broker.hosts };
  const tools = { probe: await env.brokerProbe(), clock: env.clock };
  const dials = await dialBroker(tools, targets, options);
  // The browser may have asked meanwhile.
  const localNetwork = await localNetworkEvidence(env, host);
  return { ...known, dials, page: { ...page, localNetwork } };
}

async function withSession(
  env: DoctorEnvironment,
  project: Project,
  { known, options }: Pick<Way, 'known' | 'options'>,
): Promise<Evidence> {
  const password = await passwordOf(env, project);
  if (password === null) return { ...known, isLocked: true };
  const clientId = `${dashboardUser}-${toHex(env.crypto.getRandomValues(new Uint8Array(6)))}`;
  const probe = await env.brokerProbe();
  const message = testMessage(project);
  const session = await probe.tryOut(
    {
      url: webUrl(known.host, known.webPort),
      login: { clientId, username: dashboardUser, password },
      topics: projectFilters(project.id),
      echoTopic: message?.topic ?? null,
    },
    { ...options, timeoutMs: sessionMs },
  );
  return { ...known, session: message?.isReadable ? session : { ...session, isEchoed: null } };
}

/**
 * A command topic on which this page may write by the project's own access table, and whether it may read there too. Of a
 * device that never was written before others: devices drop what is not signed. Null without such a topic.
 */
function testMessage({ id, devices, broker }: Project): { topic: string; isReadable: boolean } | null {
  const { read, write, devices: allowed } = broker.access.dashboard;
  if (!write.includes('cmd')) return null;
  const mine = devices.filter((device) => allowed === null || allowed.includes(device.id));
  const device = mine.find(({ layout }) => layout === null) ?? mine[0];
  return device ? { topic: deviceTopic(id, device.id, 'cmd'), isReadable: read.includes('cmd') } : null;
}

/** Null while the project is locked, and when the secret cannot be read. */
async function passwordOf(env: DoctorEnvironment, project: Project): Promise<string | null> {
  try {
    return await openSecretText(env, project.id, project.broker.dashboardPasswordRecord);
  } catch (thrown) {
    if (asAppError(thrown).code === 'vault.locked') return null;
    throw thrown;
  }
}
