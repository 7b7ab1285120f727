/** One item in one form, as a file to save or a text to copy. Knows no screen. */
import { encryptedPkcs8 } from '../../pki/export/password-encryption.ts';
import { fingerprint, publicKeyPin } from '../../pki/export/fingerprints.ts';
import { traditionalKey } from '../../pki/export/key-forms.ts';
import type {} from '../../pki/export/pkcs12-job.ts';
import type { CertificateFacts } from '../../pki/facts/certificate.ts';
import type { PrivateKeyItem } from '../../pki/import/items.ts';
import type { JobRunner } from '../../ports/jobs.ts';
import { toPem, type PemLabel } from '../../pki/pem.ts';
import { utf8, type Bytes } from '../../shared/bytes.ts';
import { AppError } from '../../shared/errors.ts';
import { byteInitializer, xxdInclude } from '../../sketch/c-source.ts';
import { programText, secureCredentialsHeader } from '../../sketch/headers.ts';
import type { EncodedObject } from '../../sketch/material.ts';
import type { ExportChoice, ExportFormat, ExportSubject } from './export-choices.ts';

export interface ExportRequest {
  readonly subject: ExportSubject;
  readonly choice: ExportChoice;
  /** File name without ending. */
  readonly baseName: string;
  /** Checked by {@link checkExportPassword}; empty where none is needed. */
  readonly password: string;
  /** For `secure-credentials`; empty macros without it. */
  readonly wifi?: ExportWifi | undefined;
}

export interface ExportWifi {
  readonly ssid: string;
  /** Empty for an open network. */
  readonly psk: string;
}

export interface ExportedFile {
  readonly name: string;
  readonly content: Bytes;
  /** Media type. */
  readonly type: string;
  readonly isSecret: boolean;
}

export interface ExportEnvironment {
  readonly crypto: Crypto;
  readonly jobs: () => Promise<JobRunner>;
}

const PKCS12_TIMEOUT_MS = 60_000;

/** Throws pki.export-format, pki.export-password-characters, pki.key-format, jobs.failed. */
export async function exportFile(request: ExportRequest, env: ExportEnvironment): Promise<ExportedFile> {
  const { choice, baseName } = request;
  const content = await contentOf(request, env);
  const name = choice.format === 'secure-credentials' ? 'secure_credentials' : baseName;
  return {
    name: `${name}${choice.isSecret && choice.format !== 'secure-credentials' ? '-SECRET' : ''}${choice.ending}`,
    content: typeof content === 'string' ? utf8(content) : content,
    type: choice.isText ? 'text/plain' : 'application/octet-stream',
    isSecret: choice.isSecret,
  };
}

async function contentOf(request: ExportRequest, env: ExportEnvironment): Promise<string | Bytes> {
  const { crypto } = env;
  const { item } = request.subject;
  const { format } = request.choice;
  if (format === 'pin' || format === 'public-key') return publicKeyText(request.subject, format, crypto);
  if (item.kind === 'private-key') return keyContent(item, request, crypto);
  if (item.kind === 'certificate') return certificateContent(item, request, env);
  if (item.kind === 'public-key') throw unfit('a public key', format);
  const label = item.kind === 'request' ? 'CERTIFICATE REQUEST' : 'X509 CRL';
  return format === 'der' ? item.der : toPem(label, item.der);
}

async function publicKeyText(
  { item }: ExportSubject,
  format: 'pin' | 'public-key',
  crypto: Crypto,
): Promise<string> {
  if (item.kind === 'revocation-list') throw unfit('a revocation list', format);
  const { spki } = item.publicKey;
  if (format === 'public-key') return toPem('PUBLIC KEY', spki);
  const { hex, base64 } = await publicKeyPin(spki, crypto);
  return `${hex}\nsha256//${base64}\n`;
}

async function keyContent(
  { pkcs8 }: PrivateKeyItem,
  { choice: { format }, password }: ExportRequest,
  crypto: Crypto,
): Promise<string | Bytes> {
  switch (format) {
    case 'key-encrypted':
      return toPem('ENCRYPTED PRIVATE KEY', await encryptedPkcs8(pkcs8, password, crypto));
    case 'key-pkcs8':
      return toPem('PRIVATE KEY', pkcs8);
    case 'key-pkcs8-der':
      return pkcs8;
    case 'key-traditional': {
      const { label, der } = traditionalKey(pkcs8);
      return toPem(label, der);
    }
    case 'key-traditional-der':
      return traditionalKey(pkcs8).der;
    default:
      throw unfit('a private key', format);
  }
}

async function certificateContent(
  certificate: CertificateFacts,
  request: ExportRequest,
  env: ExportEnvironment,
): Promise<string | Bytes> {
  const { der } = certificate;
  const { chain } = request.subject;
  const { format } = request.choice;
  switch (format) {
    case 'pem':
      return toPem('CERTIFICATE', der);
    case 'chain-pem':
      return [certificate, ...chain].map((each) => toPem('CERTIFICATE', each.der)).join('');
    case 'der':
      return der;
    case 'header':
      return xxdInclude(`${request.baseName}.der`, der);
    case 'progmem':
      return `#include <pgmspace.h>\n\n${programText('caCert', encoded('CERTIFICATE', der))}\n`;
    case 'p12-modern':
    case 'p12-compatible':
      return pkcs12(request, format === 'p12-modern' ? 'modern' : 'compatible', env);
    case 'secure-credentials':
      return secureCredentials(request.subject, der, request.wifi ?? { ssid: '', psk: '' });
    default:
      return fingerprintText(der, format, env.crypto);
  }
}

async function fingerprintText(der: Bytes, format: ExportFormat, crypto: Crypto): Promise<string> {
  const [hash, form] = format.split('-');
  if (hash !== 'sha1' && hash !== 'sha256') throw unfit('a certificate', format);
  const { digest, colons, spaces } = await fingerprint(der, hash === 'sha1' ? 'SHA-1' : 'SHA-256', crypto);
  if (form === 'text') return `${colons}\n`;
  if (form === 'spaces') return `${spaces}\n`;
  return `static const uint8_t mqttCertFingerprint[] = ${byteInitializer(digest)};\n`;
}

async function pkcs12(
  request: ExportRequest,
  kind: 'modern' | 'compatible',
  env: ExportEnvironment,
): Promise<Bytes> {
  const { item, key, chain } = request.subject;
  if (item.kind !== 'certificate' || !key) throw new AppError('pki.import-no-key');
  const content = {
    pkcs8: key.pkcs8,
    certificateDer: item.der,
    chainDer: chain.map(({ der }) => der),
    friendlyName: item.subject.commonName ?? request.baseName,
  };
  const options = { signal: new AbortController().signal, timeoutMs: PKCS12_TIMEOUT_MS };
  const outcome = await (
    await env.jobs()
  ).run('pkcs12', { content, kind, password: request.password }, options);
  if (outcome.kind === 'cancelled') throw new AppError('internal', { details: { what: 'cancelled' } });
  return outcome.value.file;
}

function secureCredentials({ key, chain }: ExportSubject, der: Bytes, wifi: ExportWifi): string {
  const authority = chain.at(-1);
  if (!key || !authority) throw new AppError('pki.import-no-key');
  const traditional = traditionalKey(key.pkcs8);
  return secureCredentialsHeader({
    authority: encoded('CERTIFICATE', authority.der),
    certificate: encoded('CERTIFICATE', der),
    key: encoded(traditional.label, traditional.der),
    brokerSha1: new Uint8Array(),
    wifi,
  }).text;
}

const encoded = (label: PemLabel, der: Bytes): EncodedObject => ({ der, pem: utf8(toPem(label, der)) });

const unfit = (kind: string, format: string): AppError =>
  new AppError('pki.export-format', { details: { kind, format } });
