/**
 * Whether a value from outside has the shape of a stored project, as far as the page leans on it blindly: what is inside
 * certificates is judged where they are read. Of any schema; upgrade.ts makes today's of it.
 */
import { topicLeaves, type TopicLeaf } from '../contract/topics.ts';
import type { ClientRights } from './access.ts';
import type { JournalEntry, Project } from './entities.ts';
import { projectSchema, type OlderProject } from './upgrade.ts';
import { isLegalId } from './ids.ts';

type Shape = (value: unknown) => boolean;

const text: Shape = (value) => typeof value === 'string';
const number: Shape = (value) => typeof value === 'number' && Number.isFinite(value);
const bytes: Shape = (value) => value instanceof Uint8Array;
const id: Shape = (value) => typeof value === 'string' && isLegalId(value);
const nullOr =
  (shape: Shape): Shape =>
  (value) =>
    value === null || shape(value);
const listOf =
  (shape: Shape): Shape =>
  (value) =>
    Array.isArray(value) && value.every(shape);
const objectOf =
  (fields: Readonly<Record<string, Shape>>): Shape =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(fields).every(([name, shape]) => shape((value as Record<string, unknown>)[name]));

const certificate = objectOf({
  der: bytes,
  subject: text,
  subjectAltNames: listOf(text),
  serialNumberHex: text,
  notBeforeMs: number,
  notAfterMs: number,
  sha256Fingerprint: text,
});
const credential = objectOf({ certificate, keyRecord: text });
const sensor = objectOf({ type: text, pin: number, everyS: number, unit: text });
/** A device's key may be on its chip alone. */
const deviceCredential = objectOf({ certificate, keyRecord: nullOr(text) });
const optional =
  (shape: Shape): Shape =>
  (value) =>
    value === undefined || shape(value);
const commandKeys = optional(listOf(objectOf({ name: text, keyRecord: text, allow: listOf(text) })));
const device = objectOf({
  id,
  credential: deviceCredential,
  commandKeyRecord: text,
  commandKeys,
  writtenCommandKeys: commandKeys,
  settings: objectOf({ sensor }),
  credentialState: text,
  layout: nullOr(text),
  generation: nullOr(text),
  createdAtMs: number,
});
const project = objectOf({
  schema: number,
  id,
  name: text,
  createdAtMs: number,
  authorities: objectOf({ server: credential, client: credential, web: credential }),
  broker: objectOf({
    hosts: listOf(text),
    devicePort: number,
    webPort: number,
    deviceListener: credential,
    webListener: credential,
    dashboardPasswordRecord: text,
  }),
  wifi: listOf(objectOf({ ssid: text, pskRecord: text })),
  devices: listOf(device),
});

const leaves = listOf((value) => topicLeaves.includes(value as TopicLeaf));
const topicRights = objectOf({ read: leaves, write: leaves });
const clientRights: Shape = (value) =>
  topicRights(value) && nullOr(listOf(id))((value as Partial<ClientRights>).devices);
const access = objectOf({
  deviceLogin: text,
  device: topicRights,
  dashboard: clientRights,
  users: listOf(objectOf({ name: id, passwordRecord: text, rights: clientRights })),
  discoveryPrefix: nullOr(text),
});
/** What came with schema 3; older projects are given it. */
const rightsOfToday = objectOf({
  broker: objectOf({
    access,
    hosted: nullOr(
      objectOf({
        host: text,
        port: number,
        webUrl: nullOr(text),
        authorities: listOf(bytes),
        login: nullOr(objectOf({ user: text, passwordRecord: text })),
      }),
    ),
    system: text,
    lastDownload: nullOr(objectOf({ atMs: number, keyRecord: text })),
  }),
  otherCertificates: listOf(objectOf({ rights: clientRights })),
});

export const isStoredProject = (value: unknown): value is Project | OlderProject =>
  project(value) && ((value as { schema: number }).schema !== projectSchema || rightsOfToday(value));

const word: Shape = (value) => text(value) || number(value);
const entry = objectOf({
  atMs: number,
  deviceId: nullOr(text),
  what: text,
  details: (value) => typeof value === 'object' && value !== null && Object.values(value).every(word),
});

export const isJournalEntry = (value: unknown): value is JournalEntry => entry(value);
