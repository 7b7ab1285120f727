/**
 * The profiles of docs/contracts.md ("Authorities"): three authorities, the broker's two certificates, a device's.
 * Time and randomness are passed in; private keys leave as PKCS#8 for the vault to seal and are not kept.
 */
import type { Bytes } from '../shared/bytes.ts';
import { AppError } from '../shared/errors.ts';
import type { AuthorityRole, DeviceId, ProjectId } from '../project/entities.ts';
import { signCertificate } from './certificate.ts';
import { distinguishedName } from './distinguished-name.ts';
import * as extensions from './extensions.ts';
import type { AltName, ExtendedKeyPurpose } from './extensions.ts';
import type { Host } from './hosts.ts';
import { generateKey, importSigningKey, subjectPublicKeyInfo } from './key-pair.ts';
import { readIssuerFacts } from './reading.ts';
import type { IssuerFacts } from './reading.ts';

const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 3650;
const BROKER_DAYS = 397;
const DEVICE_DAYS = 825;

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

/** An authority ready to sign. */
export interface Issuer extends IssuerFacts {
  readonly signingKey: CryptoKey;
}

export interface BrokerCertificates {
  /** For 8883, under the server authority. */
  readonly deviceListener: Issued;
  /** For the WSS port, under the web authority. */
  readonly webListener: Issued;
}

/** An authority as an issuer; the key is not extractable. Throws pki.certificate-format. */
export function issuerFrom(authorityDer: Bytes, signingKey: CryptoKey): Issuer {
  return { ...readIssuerFacts(authorityDer), signingKey };
}

/** A self-signed authority. Only `web` gets name constraints, which need the broker's hosts. */
export async function issueAuthority(
  context: IssueContext,
  request: { readonly role: AuthorityRole; readonly projectId: ProjectId; readonly hosts: readonly Host[] },
): Promise<Issued> {
  const { pkcs8, publicPoint } = await generateKey(context.crypto);
  const name = distinguishedName(
    ['O', request.projectId],
    ['CN', `${request.projectId} ${request.role} authority`],
  );
  const notBeforeMs = startOf(context);
  const fields = {
    issuer: name,
    subject: name,
    notBeforeMs,
    notAfterMs: notBeforeMs + AUTHORITY_DAYS * DAY_MS,
    subjectPublicKeyInfo: subjectPublicKeyInfo(publicPoint),
    extensions: [
      extensions.authorityConstraints(),
      extensions.authorityKeyUsage(),
      extensions.subjectKeyIdentifier(await keyIdOf(publicPoint, context.crypto)),
      ...(request.role === 'web' ? [extensions.nameConstraints(extensions.webSubtrees(request.hosts))] : []),
    ],
  };
  const signingKey = await importSigningKey(pkcs8, context.crypto);
  return { pkcs8, certificateDer: await signCertificate(fields, signingKey, context.crypto) };
}

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
  const named = (commonName: string): Bytes => distinguishedName(['O', projectId], ['CN', commonName]);
  const leaf = { purpose: 'serverAuth', days: BROKER_DAYS } as const;
  const [deviceListener, webListener] = await Promise.all([
    issueLeaf(context, server, {
      ...leaf,
      subject: named(`${projectId} broker`),
      names: deviceListenerNames(hosts),
    }),
    issueLeaf(context, web, {
      ...leaf,
      subject: named(`${projectId} broker web`),
      names: webListenerNames(hosts),
    }),
  ]);
  return { deviceListener, webListener };
}

/** A device's (or another client's) certificate; its name can never be the broker's. */
export function issueDeviceCertificate(
  context: IssueContext,
  client: Issuer,
  device: { readonly projectId: ProjectId; readonly deviceId: DeviceId },
): Promise<Issued> {
  return issueLeaf(context, client, {
    subject: distinguishedName(['O', device.projectId], ['OU', 'device'], ['CN', device.deviceId]),
    names: [{ dns: `${device.deviceId}.device.${device.projectId}` }],
    purpose: 'clientAuth',
    days: DEVICE_DAYS,
  });
}

interface LeafRequest {
  readonly subject: Bytes;
  readonly names: readonly AltName[];
  readonly purpose: ExtendedKeyPurpose;
  /** Capped by the authority's end. */
  readonly days: number;
}

async function issueLeaf(context: IssueContext, issuer: Issuer, request: LeafRequest): Promise<Issued> {
  if (issuer.notAfterMs <= context.nowMs) {
    throw new AppError('pki.authority-expired', { details: { authority: issuer.commonName } });
  }
  const { pkcs8, publicPoint } = await generateKey(context.crypto);
  const notBeforeMs = startOf(context);
  const fields = {
    issuer: issuer.subject,
    subject: request.subject,
    notBeforeMs,
    notAfterMs: Math.min(notBeforeMs + request.days * DAY_MS, issuer.notAfterMs),
    subjectPublicKeyInfo: subjectPublicKeyInfo(publicPoint),
    extensions: [
      extensions.leafConstraints(),
      extensions.leafKeyUsage(),
      extensions.extendedKeyUsage(request.purpose),
      extensions.subjectAltName(request.names),
      extensions.subjectKeyIdentifier(await keyIdOf(publicPoint, context.crypto)),
      extensions.authorityKeyIdentifier(issuer.keyId),
    ],
  };
  return { pkcs8, certificateDer: await signCertificate(fields, issuer.signingKey, context.crypto) };
}

/** Certificates count in whole seconds, and clocks of boards and brokers run behind: a day back. */
const startOf = (context: IssueContext): number => Math.floor(context.nowMs / 1000) * 1000 - DAY_MS;

/** RFC 5280 4.2.1.2, method 1. */
const keyIdOf = async (publicPoint: Bytes, crypto: Crypto): Promise<Bytes> =>
  new Uint8Array(await crypto.subtle.digest('SHA-1', publicPoint));

/** Under these names Node-RED reaches the broker on the same computer, and in the same Docker network. */
const deviceListenerDefaults = ['localhost', 'mosquitto'] as const;

function deviceListenerNames(hosts: readonly Host[]): AltName[] {
  const texts = new Set([...hosts.map((host) => host.text), ...deviceListenerDefaults]);
  return [...[...texts].map((dns) => ({ dns })), ...addressesOf(hosts)];
}

function webListenerNames(hosts: readonly Host[]): AltName[] {
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
