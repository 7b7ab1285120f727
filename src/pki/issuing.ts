/**
 * The profiles of docs/contracts.md ("Authorities"): authorities, the broker's two certificates, a device's and other
 * clients'. Time and randomness are passed in; private keys leave as PKCS#8 for the vault to seal and are not kept.
 */
import type { Bytes } from '../shared/bytes.ts';
import { AppError } from '../shared/errors.ts';
import type { AuthorityRole, DeviceId, KeyAlgorithm, ProjectId } from '../project/entities.ts';
import { signCertificate } from './certificate.ts';
import { distinguishedName } from './distinguished-name.ts';
import * as extensions from './extensions.ts';
import type { AltName, ExtendedKeyPurpose } from './extensions.ts';
import type { Host } from './hosts.ts';
import { keyIdOf, type Issuer } from './issuer.ts';
import { isRsa } from './key-algorithms.ts';
import { generateKey, importSigningKey, publicKeyAlgorithmOf, type KeyPair } from './key-pair.ts';
import { checkConstraints } from './name-constraints.ts';
import { subjectAttributes, type SubjectFields } from './subject-fields.ts';

export { issuerFrom, type Issuer } from './issuer.ts';

const DAY_MS = 86_400_000;
export const authorityDays = 3650;
export const brokerDays = 397;
export const clientDays = 825;
/** RFC 5280 4.1.2.5: the last second that a certificate can name. */
const END_OF_TIME_MS = Date.UTC(9999, 11, 31, 23, 59, 59);

export interface IssueContext {
  /** Unix time in ms. */
  readonly nowMs: number;
  readonly crypto: Crypto;
}

export interface Issued {
  readonly certificateDer: Bytes;
  /** PKCS#8 DER of the private key: secret. */
  readonly pkcs8: Bytes;
}

export interface BrokerCertificates {
  /** For 8883, under the server authority. */
  readonly deviceListener: Issued;
  /** For the WSS port, under the web authority. */
  readonly webListener: Issued;
}

/** What an authority may be; everything that is left out is as in docs/contracts.md. */
export interface AuthorityRequest {
  readonly subject: SubjectFields;
  /** `classic` is the workshops' root: CA:TRUE not critical, no key usage, no path length. */
  readonly profile?: 'modern' | 'classic';
  readonly days?: number;
  /** Authorities allowed below it; null for no limit. */
  readonly pathLength?: number | null;
  /** Its names are constrained to what a browser may believe of these hosts; null for no constraint. */
  readonly webHosts?: readonly Host[] | null;
  /** What signs and is certified: a fresh key unless told. */
  readonly key?: KeyPair;
  readonly algorithm?: KeyAlgorithm;
  /** Big-endian; random when absent. */
  readonly serial?: Bytes;
}

/** The name of a role's authority, with its generation when it is not the first. */
export const authoritySubject = (
  projectId: ProjectId,
  role: AuthorityRole,
  generation = 1,
): SubjectFields => ({
  O: projectId,
  CN: `${projectId} ${role} authority${generation > 1 ? ` ${generation}` : ''}`,
});

/** One of a project's three. Only `web` gets name constraints, which need the broker's hosts. */
export const issueAuthority = (
  context: IssueContext,
  request: { readonly role: AuthorityRole; readonly projectId: ProjectId; readonly hosts: readonly Host[] },
): Promise<Issued> =>
  issueRoot(context, {
    subject: authoritySubject(request.projectId, request.role),
    webHosts: request.role === 'web' ? request.hosts : null,
  });

/** A self-signed authority. Throws pki.subject-*. */
export async function issueRoot(context: IssueContext, request: AuthorityRequest): Promise<Issued> {
  const { crypto } = context;
  const subject = distinguishedName(...subjectAttributes(request.subject));
  const key = request.key ?? (await generateKey(crypto, request.algorithm));
  const notBeforeMs = startOf(context);
  const fields = {
    issuer: subject,
    subject,
    notBeforeMs,
    notAfterMs: endOf(notBeforeMs, request.days ?? authorityDays),
    subjectPublicKeyInfo: key.publicKeyInfo,
    extensions: rootExtensions(request, await keyIdOf(key.publicKeyInfo, crypto)),
    ...(request.serial ? { serial: request.serial } : {}),
  };
  const signingKey = await importSigningKey(key.pkcs8, crypto);
  return { pkcs8: key.pkcs8, certificateDer: await signCertificate(fields, signingKey, crypto) };
}

function rootExtensions(request: AuthorityRequest, keyId: Bytes): Bytes[] {
  if (request.profile === 'classic') {
    return [extensions.authorityConstraints(null, false), extensions.subjectKeyIdentifier(keyId)];
  }
  return [
    extensions.authorityConstraints(request.pathLength === undefined ? 0 : request.pathLength),
    extensions.keyUsage('keyCertSign', 'cRLSign'),
    extensions.subjectKeyIdentifier(keyId),
    ...(request.webHosts ? [extensions.nameConstraints(extensions.webSubtrees(request.webHosts))] : []),
  ];
}

/** What a certificate under an authority may be. */
export interface LeafRequest {
  readonly subject: SubjectFields;
  readonly names: readonly AltName[];
  readonly purposes: readonly ExtendedKeyPurpose[];
  /** Capped by the authority's end. */
  readonly days: number;
}

/** Whose key is certified. */
export type LeafKey =
  | { readonly kind: 'new'; readonly algorithm: KeyAlgorithm }
  | { readonly kind: 'pair'; readonly pair: KeyPair };

/**
 * A certificate with its key: a new one, or one that was there. Throws pki.authority-expired, pki.outside-constraints,
 * pki.subject-*.
 */
export async function issueLeaf(
  context: IssueContext,
  issuer: Issuer,
  request: LeafRequest & { readonly key?: LeafKey },
): Promise<Issued> {
  const { key = { kind: 'new', algorithm: 'p256' } } = request;
  const pair = key.kind === 'pair' ? key.pair : await generateKey(context.crypto, key.algorithm);
  return { pkcs8: pair.pkcs8, certificateDer: await certify(context, issuer, { ...request, pair }) };
}

/** A certificate for a public key whose private half is elsewhere. Throws as {@link issueLeaf}. */
export async function certify(
  context: IssueContext,
  issuer: Issuer,
  request: LeafRequest & { readonly pair: Pick<KeyPair, 'publicKeyInfo'> },
): Promise<Bytes> {
  if (issuer.notAfterMs <= context.nowMs) {
    throw new AppError('pki.authority-expired', { details: { authority: issuer.commonName } });
  }
  checkConstraints(issuer.permittedNames, request.names);
  const { publicKeyInfo } = request.pair;
  const notBeforeMs = startOf(context);
  const fields = {
    issuer: issuer.subject,
    subject: distinguishedName(...subjectAttributes(request.subject)),
    notBeforeMs,
    notAfterMs: Math.min(endOf(notBeforeMs, request.days), issuer.notAfterMs),
    subjectPublicKeyInfo: publicKeyInfo,
    extensions: [
      extensions.leafConstraints(),
      leafKeyUsage(publicKeyInfo, request.purposes),
      ...(request.purposes.length > 0 ? [extensions.extendedKeyUsage(...request.purposes)] : []),
      ...(request.names.length > 0 ? [extensions.subjectAltName(request.names)] : []),
      extensions.subjectKeyIdentifier(await keyIdOf(publicKeyInfo, context.crypto)),
      extensions.authorityKeyIdentifier(issuer.keyId),
    ],
  };
  return signCertificate(fields, issuer.signingKey, context.crypto);
}

/** Old TLS suites encrypt to a server's RSA key; everything else signs. */
const leafKeyUsage = (publicKeyInfo: Uint8Array, purposes: readonly ExtendedKeyPurpose[]): Bytes =>
  purposes.includes('serverAuth') && isRsa(publicKeyAlgorithmOf(publicKeyInfo))
    ? extensions.keyUsage('digitalSignature', 'keyEncipherment')
    : extensions.keyUsage('digitalSignature');

/**
 * The broker's certificate for each listener. An address is also a dNSName on the device port's (BearSSL looks
 * there only), never on the web's (its authority's constraints would make it invalid).
 */
export async function issueBrokerCertificates(
  context: IssueContext,
  request: {
    readonly server: Issuer;
    readonly web: Issuer;
    readonly projectId: ProjectId;
    readonly hosts: readonly Host[];
  },
): Promise<BrokerCertificates> {
  const { server, web, projectId, hosts } = request;
  const [deviceListener, webListener] = await Promise.all([
    issueLeaf(context, server, brokerRequest('device', projectId, hosts)),
    issueLeaf(context, web, brokerRequest('web', projectId, hosts)),
  ]);
  return { deviceListener, webListener };
}

/** What the broker shows on one of its ports. */
export const brokerRequest = (
  listener: 'device' | 'web',
  projectId: ProjectId,
  hosts: readonly Host[],
): LeafRequest => ({
  subject: { O: projectId, CN: `${projectId} broker${listener === 'web' ? ' web' : ''}` },
  names: listener === 'web' ? webListenerNames(hosts) : deviceListenerNames(hosts),
  purposes: ['serverAuth'],
  days: brokerDays,
});

/** A device's (or another client's) certificate; its name can never be the broker's. */
export const issueDeviceCertificate = (
  context: IssueContext,
  client: Issuer,
  device: { readonly projectId: ProjectId; readonly deviceId: DeviceId; readonly key?: LeafKey },
): Promise<Issued> =>
  issueLeaf(context, client, {
    ...deviceRequest(device.projectId, device.deviceId),
    ...(device.key ? { key: device.key } : {}),
  });

/** What a device shows to the broker; its common name is its user name there. */
export const deviceRequest = (
  projectId: ProjectId,
  deviceId: DeviceId,
  commonName: string = deviceId,
): LeafRequest => ({
  subject: { O: projectId, OU: 'device', CN: commonName },
  names: [{ dns: `${deviceId}.device.${projectId}` }],
  purposes: ['clientAuth'],
  days: clientDays,
});

/** What another client of the broker shows: Node-RED, a dashboard, a person's own program. */
export const clientRequest = (
  projectId: ProjectId,
  name: string,
  commonName: string = name,
): LeafRequest => ({
  subject: { O: projectId, OU: 'client', CN: commonName },
  names: [{ dns: `${name}.client.${projectId}` }],
  purposes: ['clientAuth'],
  days: clientDays,
});

/** Certificates count in whole seconds, and clocks of boards and brokers run behind: a day back. */
const startOf = (context: IssueContext): number => Math.floor(context.nowMs / 1000) * 1000 - DAY_MS;

const endOf = (notBeforeMs: number, days: number): number =>
  Math.min(notBeforeMs + days * DAY_MS, END_OF_TIME_MS);

/** Under these names Node-RED reaches the broker on the same computer, and in the same Docker network. */
const deviceListenerDefaults = ['localhost', 'mosquitto'] as const;

export function deviceListenerNames(hosts: readonly Host[]): AltName[] {
  const texts = new Set([...hosts.map((host) => host.text), ...deviceListenerDefaults]);
  return [...[...texts].map((dns) => ({ dns })), ...addressesOf(hosts)];
}

export function webListenerNames(hosts: readonly Host[]): AltName[] {
  const names = new Set([
    ...hosts.filter((host) => host.kind === 'dns').map((host) => host.text),
    'localhost',
  ]);
  const loopback = Uint8Array.of(127, 0, 0, 1);
  const hasLoopback = hosts.some((host) => host.text === '127.0.0.1');
  return [
    ...[...names].map((dns) => ({ dns })),
    ...addressesOf(hosts),
    ...(hasLoopback ? [] : [{ ip: loopback }]),
  ];
}

const addressesOf = (hosts: readonly Host[]): AltName[] =>
  hosts.flatMap((host) => (host.kind === 'dns' ? [] : [{ ip: host.address }]));
