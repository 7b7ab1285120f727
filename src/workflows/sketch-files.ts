/**
 * What a person's own sketch is given: joins a project's device to sketch/ and littlefs/. Makes the file system's image,
 * a .zip for the IDE, and the image as a file. Everything made here may hold the device's private key.
 */
import { type Zippable, zipSync } from 'fflate';
import type { FlashLayout } from '../contract/flash-layouts.ts';
import type { SparseImage } from '../littlefs/types.ts';
import { buildImage, fullImage } from '../littlefs/writer.ts';
import { traditionalKey } from '../pki/key-pair.ts';
import { isRsa } from '../pki/key-algorithms.ts';
import { toPem, type PemLabel } from '../pki/pem.ts';
import type { Device, Project } from '../project/entities.ts';
import { utf8, type Bytes } from '../shared/bytes.ts';
import { AppError } from '../shared/errors.ts';
import { checkEntries } from '../sketch/entry-checks.ts';
import { ideReadme } from '../sketch/ide-readme.ts';
import type { EncodedObject, SketchEntry, SketchHeader, SketchMaterial } from '../sketch/material.ts';
import { entriesOf, headersOf, type SketchChoice } from '../sketch/presets.ts';
import { looksLikeSpiffs } from '../sketch/spiffs.ts';
import { openSecret, openSecretText, type SecretEnvironment } from './open-secret.ts';
import { algorithmOf } from './trust/signing.ts';

export interface SketchFiles {
  readonly entries: readonly SketchEntry[];
  readonly headers: readonly SketchHeader[];
  /** True when a private key or a password is among them. */
  readonly hasSecrets: boolean;
}

/** Stands beside *Download image*. */
export const imageWarning =
  'This file holds the private key of the device. Whoever has it can pose as the device: keep it off shared drives and ' +
  'out of e-mail, and delete it when the board is flashed.';

/**
 * The files and headers of a choice, checked. Secrets are opened only for a choice that has some.
 * @throws AppError vault.locked, sketch.path, sketch.path-twice, sketch.file-as-folder, sketch.spiffs-image
 */
export async function makeSketchFiles(env: SecretEnvironment, job: SketchJob): Promise<SketchFiles> {
  const shown = await previewSketchFiles(job);
  checkEntries(shown.entries);
  refuseSpiffs(shown.entries);
  if (!shown.hasSecrets) return shown;
  return filesWith(job.choice, await sketchMaterial(env, job.project, job.device));
}

export interface SketchJob {
  readonly project: Project;
  readonly device: Device;
  readonly choice: SketchChoice;
}

/** A P-256 key in SEC1 is always this long. */
const keySizeBytes = 121;

/**
 * What a choice comes to, to be shown: names and sizes are the real ones, a private key is zeros and the Wi-Fi empty.
 * Unchecked; needs no unlocking.
 */
export async function previewSketchFiles({ project, device, choice }: SketchJob): Promise<SketchFiles> {
  const key = encoded('EC PRIVATE KEY', new Uint8Array(keySizeBytes));
  return filesWith(choice, { ...(await publicMaterial(project, device)), key, wifi: { ssid: '', psk: '' } });
}

function filesWith(choice: SketchChoice, material: SketchMaterial): SketchFiles {
  const entries = entriesOf(choice, material);
  const headers = headersOf(choice, material);
  const hasSecrets =
    entries.some((entry) => entry.content !== null && entry.isSecret) ||
    headers.some((header) => header.isSecret);
  return { entries, headers, hasSecrets };
}

/** @throws AppError vault.locked, device.key-on-chip */
export async function sketchMaterial(
  env: SecretEnvironment,
  project: Project,
  device: Device,
): Promise<SketchMaterial> {
  const { keyRecord } = device.credential;
  if (keyRecord === null) throw new AppError('device.key-on-chip');
  const key = traditionalKey(await openSecret(env, project.id, keyRecord));
  const isElliptic = !isRsa(algorithmOf(device.credential.certificate.der));
  const [network] = project.wifi;
  return {
    ...(await publicMaterial(project, device)),
    key: encoded(isElliptic ? 'EC PRIVATE KEY' : 'RSA PRIVATE KEY', key),
    wifi: {
      ssid: network?.ssid ?? '',
      psk: network ? await openSecretText(env, project.id, network.pskRecord) : '',
    },
  };
}

/** SHA-1 of the broker's certificate, 20 bytes: what loader code without an authority compares. */
export const brokerFingerprint = async ({ broker }: Project): Promise<Bytes> =>
  new Uint8Array(await crypto.subtle.digest('SHA-1', broker.deviceListener.certificate.der));

const publicMaterial = async (
  project: Project,
  device: Device,
): Promise<Omit<SketchMaterial, 'key' | 'wifi'>> => ({
  authority: encoded('CERTIFICATE', project.authorities.server.certificate.der),
  certificate: encoded('CERTIFICATE', device.credential.certificate.der),
  brokerSha1: await brokerFingerprint(project),
});

const encoded = (label: PemLabel, der: Bytes): EncodedObject => ({
  der,
  pem: utf8(toPem(label, der)),
});

/** @throws AppError sketch.spiffs-image when one of the files is a whole SPIFFS image. */
function refuseSpiffs(entries: readonly SketchEntry[]): void {
  const isImage = entries.some((entry) => entry.content !== null && looksLikeSpiffs(entry.content));
  if (isImage) throw new AppError('sketch.spiffs-image');
}

/** @throws AppError sketch.too-large, with the bytes needed and available */
export function sketchImage(layout: FlashLayout, entries: readonly SketchEntry[]): SparseImage {
  try {
    return buildImage(
      layout,
      entries.map((entry) =>
        entry.content === null
          ? { kind: 'directory', path: entry.path }
          : { path: entry.path, content: entry.content },
      ),
    );
  } catch (thrown) {
    if (!(thrown instanceof AppError) || thrown.code !== 'littlefs.space') throw thrown;
    throw new AppError('sketch.too-large', { details: { ...thrown.details, layout: layout.name } });
  }
}

/** A file to be saved. */
export interface NamedFile {
  readonly name: string;
  readonly content: Bytes;
  readonly type: string;
}

/** *Download image*: the whole region of the file system, to be written at the offset in its name. */
export function imageFile(device: Device, files: SketchFiles, layout: FlashLayout): NamedFile {
  const offset = `0x${layout.fsOffset.toString(16).padStart(6, '0')}`;
  const secret = files.entries.some((entry) => entry.content !== null && entry.isSecret) ? '-SECRET' : '';
  return {
    name: `${device.id}-littlefs-${layout.name}-at-${offset}${secret}.bin`,
    content: fullImage(sketchImage(layout, files.entries)),
    type: 'application/octet-stream',
  };
}

/** For the Arduino IDE: `data/` with the files, the headers beside it, README.txt first. Same input, same bytes. */
export function ideZip(device: Device, files: SketchFiles, layout: FlashLayout): NamedFile {
  sketchImage(layout, files.entries);
  const readme = ideReadme({ layout: layout.name, deviceId: device.id, ...files });
  const parts: Zippable = { 'README.txt': zipped(utf8(readme)) };
  for (const entry of files.entries) {
    const path = `data${entry.path}`;
    if (entry.content === null) parts[`${path}/`] = zipped(new Uint8Array());
    else parts[path] = zipped(entry.content);
  }
  for (const header of files.headers) parts[header.name] = zipped(utf8(header.text));
  return {
    name: `${device.id}-sketch-files${files.hasSecrets ? '-SECRET' : ''}.zip`,
    content: new Uint8Array(zipSync(parts)),
    type: 'application/zip',
  };
}

// ZIP knows local time only: a date made from local parts is the same text in every time zone.
const zipped = (content: Bytes): [Bytes, { mtime: Date; level: 9 }] => [
  content,
  { mtime: new Date(2020, 0, 1), level: 9 },
];
