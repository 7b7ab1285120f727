/**
 * What a backup holds, as frames (docs/contracts.md, "Backup file"): one manifest, then per project its record, its
 * secrets and its journal, then an end. Secrets stay bytes, so that they can be overwritten. Knows no encryption.
 */
import { concatBytes, fromUtf8, utf8, type Bytes } from '../../shared/bytes.ts';
import { AppError } from '../../shared/errors.ts';
import type { JournalEntry, Project, RecordId, Tier } from '../../project/entities.ts';
import { fromTaggedJson, toTaggedJson } from './tagged-json.ts';

export interface BackupManifest {
  readonly madeAtMs: number;
  /** Version of the page that made it. */
  readonly page: string;
}

/** In the clear: whoever holds one overwrites it when it is sealed again. */
export interface BackedUpSecret {
  readonly id: RecordId;
  readonly tier: Tier;
  readonly plain: Bytes;
}

export interface BackedUpProject {
  /** Of the schema it was saved with; upgraded when it is restored. */
  readonly project: Project;
  readonly secrets: readonly BackedUpSecret[];
  readonly journal: readonly JournalEntry[];
}

export interface BackupContent {
  readonly manifest: BackupManifest;
  readonly projects: readonly BackedUpProject[];
}

const frames = { manifest: 1, project: 2, secret: 3, journal: 4, end: 255 } as const;
const tiers: readonly Tier[] = ['authority', 'operate'];

export function encodeContent({ manifest, projects }: BackupContent): Bytes {
  return concatBytes([
    ...frame(frames.manifest, utf8(toTaggedJson(manifest))),
    ...projects.flatMap(({ project, secrets, journal }) => [
      ...frame(frames.project, utf8(toTaggedJson(project))),
      ...secrets.flatMap((secret) => frame(frames.secret, ...secretParts(secret))),
      ...frame(frames.journal, utf8(toTaggedJson(journal))),
    ]),
    ...frame(frames.end),
  ]);
}

/** Throws backup.damaged on anything but what {@link encodeContent} writes, backup.newer on frames of a later page. */
export function decodeContent(bytes: Bytes): BackupContent {
  const reader = new FrameReader(bytes);
  const manifest = asManifest(reader.json(frames.manifest));
  const projects: BackedUpProject[] = [];
  while (reader.nextKind() === frames.project) {
    const project = reader.json(frames.project) as Project;
    const secrets: BackedUpSecret[] = [];
    while (reader.nextKind() === frames.secret) secrets.push(secretIn(reader.take(frames.secret)));
    projects.push({ project, secrets, journal: asList(reader.json(frames.journal)) });
  }
  reader.take(frames.end);
  if (!reader.isAtEnd) throw damaged('end');
  return { manifest, projects };
}

/** Overwrites what a content holds in the clear. */
export function forgetSecrets({ projects }: BackupContent): void {
  for (const { secrets } of projects) for (const { plain } of secrets) plain.fill(0);
}

function frame(kind: number, ...parts: readonly Uint8Array[]): Uint8Array[] {
  const head = new Uint8Array(5);
  head[0] = kind;
  new DataView(head.buffer).setUint32(
    1,
    parts.reduce((sum, part) => sum + part.length, 0),
  );
  return [head, ...parts];
}

function secretParts({ id, tier, plain }: BackedUpSecret): Uint8Array[] {
  const name = utf8(id);
  return [new Uint8Array([tiers.indexOf(tier), name.length]), name, plain];
}

function secretIn(bytes: Bytes): BackedUpSecret {
  const tier = tiers[bytes[0] ?? 255];
  const nameEnd = 2 + (bytes[1] ?? 0);
  if (!tier || nameEnd > bytes.length) throw damaged('secret');
  return { id: textOf(bytes.subarray(2, nameEnd)), tier, plain: bytes.slice(nameEnd) };
}

class FrameReader {
  readonly #bytes: Bytes;
  #at = 0;

  constructor(bytes: Bytes) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  nextKind(): number {
    const kind = this.#bytes[this.#at];
    if (kind === undefined) throw damaged('end');
    if (!Object.values<number>(frames).includes(kind)) throw new AppError('backup.newer');
    return kind;
  }

  take(kind: number): Bytes {
    if (this.nextKind() !== kind || this.#at + 5 > this.#bytes.length) throw damaged('order');
    const { buffer, byteOffset } = this.#bytes;
    const sizeBytes = new DataView(buffer, byteOffset + this.#at + 1, 4).getUint32(0);
    const start = this.#at + 5;
    if (start + sizeBytes > this.#bytes.length) throw damaged('length');
    this.#at = start + sizeBytes;
    return this.#bytes.subarray(start, this.#at);
  }

  json(kind: number): unknown {
    try {
      return fromTaggedJson(textOf(this.take(kind)));
    } catch (thrown) {
      throw thrown instanceof AppError ? thrown : damaged('text');
    }
  }
}

function asManifest(value: unknown): BackupManifest {
  const { madeAtMs, page } = (value ?? {}) as Partial<Record<keyof BackupManifest, unknown>>;
  if (typeof madeAtMs !== 'number' || typeof page !== 'string') throw damaged('manifest');
  return { madeAtMs, page };
}

function asList(value: unknown): JournalEntry[] {
  if (!Array.isArray(value)) throw damaged('journal');
  return value as JournalEntry[];
}

function textOf(bytes: Bytes): string {
  try {
    return fromUtf8(bytes);
  } catch {
    throw damaged('text');
  }
}

const damaged = (what: string): AppError => new AppError('backup.damaged', { details: { what } });
