/** Files for other engines than Mosquitto: the same certificates and rights, in their forms. */
import { zipBundle, type BundleFile } from '../broker/bundle.ts';
import type { BundleInput } from '../broker/bundle-input.ts';
import { devicePassword } from '../broker/device-password.ts';
import { awsFiles } from '../broker/engines/aws.ts';
import { emqxFiles, type EmqxUser } from '../broker/engines/emqx.ts';
import { hiveMqFiles } from '../broker/engines/hivemq.ts';
import { iterationsFor } from '../broker/password-file.ts';
import { issueLeaf } from '../pki/issuing.ts';
import { toPem } from '../pki/pem.ts';
import type { Downloads } from '../ports/files.ts';
import type { Project } from '../project/entities.ts';
import { dashboardUser } from '../project/ids.ts';
import { toHex, utf8 } from '../shared/bytes.ts';
import { AppError } from '../shared/errors.ts';
import { brokerInput } from './broker-bundle.ts';
import type { ProjectEnvironment } from './environment.ts';
import { openSecret, openSecretText } from './open-secret.ts';
import { withIssuer } from './trust/signing.ts';

export type EngineChoice =
  | {
      readonly engine: 'emqx';
      /** As typed: addresses of the machines, separated by commas. */ readonly nodes: string;
    }
  | { readonly engine: 'hivemq' }
  | {
      readonly engine: 'aws';
      readonly region: string;
      readonly account: string;
      readonly registrationCode: string;
    };

const secretSizeBytes = 24;
const verificationDays = 7;

/** Throws vault.locked, broker.nodes, broker.needs-passwords, broker.registration-code, broker.aws-account. */
export async function makeEngineFiles(
  env: ProjectEnvironment,
  project: Project,
  choice: EngineChoice,
): Promise<BundleFile[]> {
  const input = await brokerInput(env, project);
  const randomText = (): string => toHex(env.crypto.getRandomValues(new Uint8Array(secretSizeBytes)));
  if (choice.engine === 'hivemq') return hiveMqFiles({ ...input, storePassword: randomText() });
  if (choice.engine === 'aws') return awsOf(env, project, { input, choice });
  const nodes = nodesOf(choice.nodes);
  return emqxFiles({
    ...input,
    emqx: { nodes, cookie: randomText(), ...(await emqxUsers(env, project, input)) },
  });
}

/** Saves `<project>-<engine>.zip`. Throws as {@link makeEngineFiles}. */
export async function saveEngineFiles(
  env: ProjectEnvironment & { readonly downloads: Downloads },
  project: Project,
  choice: EngineChoice,
): Promise<string> {
  const files = await makeEngineFiles(env, project, choice);
  const name = `${project.id}-${choice.engine}.zip`;
  env.downloads.save(name, zipBundle(files), 'application/zip');
  return name;
}

function nodesOf(text: string): string[] {
  const nodes = text
    .split(',')
    .map((node) => node.trim())
    .filter((node) => node !== '');
  if (nodes.length === 0) return ['127.0.0.1'];
  if (!nodes.every((node) => /^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$/.test(node)))
    throw new AppError('broker.nodes');
  return [...new Set(nodes)];
}

/** EMQX takes the salt as a text and has one number of rounds for all. */
async function emqxUsers(
  env: ProjectEnvironment,
  project: Project,
  { devices }: BundleInput,
): Promise<{ readonly iterations: number; readonly users: readonly EmqxUser[] }> {
  const { access, dashboardPasswordRecord } = project.broker;
  const text = (record: string): Promise<string> => openSecretText(env, project.id, record);
  const people: [string, string][] = [[dashboardUser, await text(dashboardPasswordRecord)]];
  for (const { name, passwordRecord } of access.users) people.push([name, await text(passwordRecord)]);
  if (access.deviceLogin !== 'certificate')
    for (const device of project.devices.filter(({ id }) => devices.includes(id)))
      people.push([
        device.id,
        await devicePassword(await openSecret(env, project.id, device.commandKeyRecord)),
      ]);
  const iterations = Math.max(...people.map(([, password]) => iterationsFor(password)));
  const users = people.map(async ([user, password]): Promise<EmqxUser> => {
    const salt = toHex(env.crypto.getRandomValues(new Uint8Array(12)));
    const key = await crypto.subtle.importKey('raw', utf8(password), 'PBKDF2', false, ['deriveBits']);
    const algorithm = { name: 'PBKDF2', hash: 'SHA-512', salt: utf8(salt), iterations };
    return {
      user,
      salt,
      hashHex: toHex(new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, 512))),
    };
  });
  return { iterations, users: await Promise.all(users) };
}

async function awsOf(
  env: ProjectEnvironment,
  project: Project,
  { input, choice }: { readonly input: BundleInput; readonly choice: EngineChoice & { engine: 'aws' } },
): Promise<BundleFile[]> {
  const region = choice.region.trim();
  const account = choice.account.replaceAll(/[\s-]/g, '');
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(region) || !/^\d{12}$/.test(account))
    throw new AppError('broker.aws-account');
  const code = choice.registrationCode.trim().replaceAll('"', '');
  if (!/^[0-9a-f]{64}$/i.test(code)) throw new AppError('broker.registration-code');
  const client = project.authorities.client;
  const verification = await withIssuer(env, project.id, client, (issuer) =>
    issueLeaf({ nowMs: env.clock.nowMs(), crypto: env.crypto }, issuer, {
      subject: { CN: code },
      names: [],
      purposes: ['clientAuth'],
      days: verificationDays,
    }),
  );
  // Nobody needs its key: the certificate alone proves who signed it.
  verification.pkcs8.fill(0);
  const pems = project.devices.map(({ id, credential }): [string, string] => [
    id,
    toPem('CERTIFICATE', credential.certificate.der),
  ]);
  // Of two authorities in change the present one is registered.
  const certificates = {
    ...input.certificates,
    clientAuthorityPem: toPem('CERTIFICATE', client.certificate.der),
  };
  return awsFiles({
    ...input,
    certificates,
    aws: {
      region,
      account,
      verificationPem: toPem('CERTIFICATE', verification.certificateDer),
      devicePems: new Map(pems),
    },
  });
}
