/** The rows and fields of the access table, as values: what each says, and what may be chosen there. */
import { deviceWrites, topicLeaves, type TopicLeaf } from '../../contract/topics.ts';
import type { ClientRights, TopicRights } from '../../project/access.ts';
import type { Project } from '../../project/entities.ts';
import type { AccessTable } from '../../workflows/broker-access.ts';

/** What a field of the table may say. */
export type Right = 'none' | 'read' | 'write' | 'both';

export interface AccessRow {
  /** `device`, `dashboard`, `user:<name>` or `certificate:<name>`. */
  readonly key: string;
  readonly title: string;
  readonly subtitle: string;
  readonly rights: TopicRights;
  /** Of clients; null where there is no choice. */
  readonly devices: readonly string[] | null | undefined;
}

export const rightWords: Record<Right, string> = {
  none: '–',
  read: 'reads',
  write: 'writes',
  both: 'reads, writes',
};

export const rightOf = ({ read, write }: TopicRights, leaf: TopicLeaf): Right => {
  if (read.includes(leaf)) return write.includes(leaf) ? 'both' : 'read';
  return write.includes(leaf) ? 'write' : 'none';
};

/** What can be chosen there: a device has its own side of each topic, clients any. */
export const choicesOf = (key: string, leaf: TopicLeaf): readonly Right[] => {
  if (key !== 'device') return ['none', 'read', 'write', 'both'];
  return deviceWrites.includes(leaf) ? ['none', 'write'] : ['none', 'read'];
};

export function withRight<R extends TopicRights>(rights: R, leaf: TopicLeaf, right: Right): R {
  const among = (list: readonly TopicLeaf[], isIn: boolean): TopicLeaf[] =>
    topicLeaves.filter((each) => (each === leaf ? isIn : list.includes(each)));
  return {
    ...rights,
    read: among(rights.read, right === 'read' || right === 'both'),
    write: among(rights.write, right === 'write' || right === 'both'),
  };
}

/** Everybody that the broker knows, devices first. */
export function accessRows(project: Project, table: AccessTable): AccessRow[] {
  const { broker, otherCertificates } = project;
  const isByCertificate = table.deviceLogin === 'certificate';
  const ports = isByCertificate ? String(broker.webPort) : `${broker.devicePort} and ${broker.webPort}`;
  const client = (key: string, title: string, subtitle: string, rights: ClientRights): AccessRow => ({
    key,
    title,
    subtitle,
    rights,
    devices: rights.devices,
  });
  const clients = otherCertificates.filter(({ name }) => name in table.certificates);
  return [
    {
      key: 'device',
      title: 'Each device',
      subtitle: `on its own topics, port ${broker.devicePort}`,
      rights: table.device,
      devices: undefined,
    },
    client('dashboard', 'dashboard', `this page, port ${broker.webPort}`, table.dashboard),
    ...Object.entries(table.users).map(([name, rights]) =>
      client(`user:${name}`, name, `password, port ${ports}`, rights),
    ),
    ...clients.map(({ name, commonName }) =>
      client(
        `certificate:${name}`,
        commonName,
        isByCertificate
          ? `certificate, port ${broker.devicePort}`
          : 'certificate: shut out by the way to log in',
        table.certificates[name] ?? { read: [], write: [], devices: null },
      ),
    ),
  ];
}
