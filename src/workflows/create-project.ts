/**
 * From the newcomer's form to a stored project: lock, authorities, broker, first device, one commit. Every secret is
 * sealed before anything is stored; nothing is stored when a step fails or is cancelled.
 */
import { toBase64Url, utf8 } from '../shared/bytes.ts';
import { cancelled, done } from '../shared/outcome.ts';
import type { Outcome, RunOptions } from '../shared/outcome.ts';
import { parseHosts } from '../pki/hosts.ts';
import { issueBrokerCertificates } from '../pki/issuing.ts';
import type { Issued, Issuer } from '../pki/issuing.ts';
import { toCertificateRecord } from '../pki/reading.ts';
import type {
  Authority,
  Broker,
  Credential,
  JournalEntry,
  Project,
  ProjectId,
  RecordId,
  VaultHeader,
} from '../project/entities.ts';
import { usualAccess } from '../project/access.ts';
import { idFromName } from '../project/ids.ts';
import { projectSchema } from '../project/upgrade.ts';
import type { ProjectEnvironment } from './environment.ts';
import { makeDevice, usualSettings } from './make-device.ts';
import { makeAuthorities, type AuthoritiesContext } from './project-authorities.ts';
import { defaultPorts, personalWords, validateProjectForm } from './project-form.ts';
import type { BrokerPorts, ProjectForm } from './project-form.ts';
import { startSteps } from './run-steps.ts';
import { SecretDraft } from './secret-draft.ts';
import { withIssuerOf } from './trust/signing.ts';

const PASSWORD_BYTES = 32;
const STEP_COUNT = 5;
const ID_LIMIT = 32;

interface Draft extends AuthoritiesContext {
  readonly ports: BrokerPorts;
}

type Authorities = Project['authorities'];

/**
 * Makes and stores the project. Progress counts steps: locking, authorities, broker, device, saving.
 * Throws the first problem of {@link validateProjectForm}, what {@link makeAuthorities} throws, storage.conflict, storage.full, project.timed-out.
 */
export async function createProject(
  env: ProjectEnvironment,
  form: ProjectForm,
  options: RunOptions,
): Promise<Outcome<Project>> {
  const [firstProblem] = validateProjectForm(form);
  if (firstProblem) throw firstProblem.error;
  const steps = startSteps(env.clock, options, STEP_COUNT);
  const projectId = await freeProjectId(env, form.projectName);

  if (!steps.begin('locking')) return cancelled;
  const fresh = await env.vaults.create(form.passphrase, personalWords(form));
  let isSaved = false;
  const draft: Draft = {
    nowMs: env.clock.nowMs(),
    crypto: env.crypto,
    projectId,
    hosts: parseHosts(form.hosts),
    ports: form.ports ?? defaultPorts,
    secrets: new SecretDraft(fresh.vault, env.crypto),
  };
  try {
    if (!steps.begin('authorities')) return cancelled;
    const authorities = await makeAuthorities(draft, form.authorities);
    if (!steps.begin('broker')) return cancelled;
    const broker = await makeBroker(draft, authorities);
    if (!steps.begin('device')) return cancelled;
    const project = await assemble(draft, form, { authorities, broker });
    if (!steps.begin('saving')) return cancelled;
    await save(env, draft, { project, header: fresh.header });
    isSaved = true;
    env.vaults.adopt(projectId, fresh.vault);
    return done(project);
  } finally {
    if (!isSaved) await fresh.discard();
  }
}

/** The name's id, with "-2", "-3"… when it is taken. */
async function freeProjectId(env: ProjectEnvironment, name: string): Promise<ProjectId> {
  const taken = new Set((await env.store.list()).map((project) => project.id));
  const wanted = idFromName(name);
  let id = wanted;
  for (let n = 2; taken.has(id); n++) id = `${wanted.slice(0, ID_LIMIT - `-${n}`.length)}-${n}`;
  return id;
}

async function makeBroker(draft: Draft, { server, web }: Authorities): Promise<Broker> {
  const issued = await withIssuer(draft, server, (serverIssuer) =>
    withIssuer(draft, web, (webIssuer) =>
      issueBrokerCertificates(draft, {
        server: serverIssuer,
        web: webIssuer,
        projectId: draft.projectId,
        hosts: draft.hosts,
      }),
    ),
  );
  const password = toBase64Url(draft.crypto.getRandomValues(new Uint8Array(PASSWORD_BYTES)));
  return {
    hosts: draft.hosts.map((host) => host.text),
    devicePort: draft.ports.device,
    webPort: draft.ports.web,
    deviceListener: await toCredential(draft, 'broker-device-key', issued.deviceListener),
    webListener: await toCredential(draft, 'broker-web-key', issued.webListener),
    dashboardPasswordRecord: await draft.secrets.seal('dashboard-password', 'operate', utf8(password)),
    access: usualAccess,
    hosted: null,
    system: 'debian',
    lastDownload: null,
  };
}

async function assemble(
  draft: Draft,
  form: ProjectForm,
  parts: { readonly authorities: Authorities; readonly broker: Broker },
): Promise<Project> {
  const { projectId, secrets } = draft;
  const first = { projectId, deviceId: idFromName(form.deviceName), settings: usualSettings(form.sensor) };
  const device = await withIssuer(draft, parts.authorities.client, (client) =>
    makeDevice(draft, secrets, client, first),
  );
  const pskRecord = await secrets.seal('wifi-password', 'authority', utf8(form.wifiPassword));
  return {
    schema: projectSchema,
    id: projectId,
    name: form.projectName.trim(),
    createdAtMs: draft.nowMs,
    ...parts,
    wifi: [{ ssid: form.wifiSsid, pskRecord }],
    devices: [device],
    previousAuthorities: [],
    otherCertificates: [],
    replacedCertificates: [],
    revocations: [],
    revocationLists: [],
    rotations: [],
  };
}

async function save(
  env: ProjectEnvironment,
  draft: Draft,
  { project, header }: { readonly project: Project; readonly header: VaultHeader },
): Promise<void> {
  const entry: JournalEntry = {
    atMs: draft.nowMs,
    deviceId: null,
    what: 'project created',
    details: {
      broker: project.broker.hosts.join(', '),
      device: project.devices.map((device) => device.id).join(', '),
      lock: header.kind,
    },
  };
  await env.store.commit(
    project.id,
    0,
    [{ kind: 'put-project', project }, { kind: 'put-vault', header }, ...draft.secrets.changes],
    [entry],
  );
}

/** Signs with the authority's sealed key: what was sealed is proven to open before it is stored. */
function withIssuer<T>(draft: Draft, authority: Authority, use: (issuer: Issuer) => Promise<T>): Promise<T> {
  const record = draft.secrets.record(authority.keyRecord);
  return withIssuerOf(draft.secrets.vault, { certificate: authority.certificate, record }, use);
}

async function toCredential(draft: Draft, what: string, issued: Issued): Promise<Credential> {
  const certificate = await toCertificateRecord(issued.certificateDer, draft.crypto);
  const keyRecord: RecordId = await draft.secrets.seal(what, 'authority', issued.pkcs8);
  return { certificate, keyRecord };
}
