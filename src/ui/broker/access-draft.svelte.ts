/** The access table as it is being changed: nothing is stored before it is saved. */
import type { ClientRights, DeviceLogin, TopicRights } from '../../project/access.ts';
import type { Project } from '../../project/entities.ts';
import { deviceWrites, topicLeaves, type TopicLeaf } from '../../contract/topics.ts';
import { asAppError, type AppError } from '../../shared/errors.ts';
import { accessTable, type AccessTable } from '../../workflows/broker-access.ts';
import { app } from '../state/app.svelte.ts';

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

function withRight<R extends TopicRights>(rights: R, leaf: TopicLeaf, right: Right): R {
  const among = (list: readonly TopicLeaf[], isIn: boolean): TopicLeaf[] =>
    topicLeaves.filter((each) => (each === leaf ? isIn : list.includes(each)));
  return {
    ...rights,
    read: among(rights.read, right === 'read' || right === 'both'),
    write: among(rights.write, right === 'write' || right === 'both'),
  };
}

export class AccessDraft {
  readonly projectId: string;
  /** What is stored, as it was when the draft began. */
  readonly #stored: string;
  table: AccessTable = $state.raw() as AccessTable;
  isSaving = $state(false);
  failure = $state.raw<AppError | null>(null);

  constructor(project: Project) {
    this.projectId = project.id;
    const table = accessTable(project);
    this.table = table;
    this.#stored = JSON.stringify(table);
  }

  get isChanged(): boolean {
    return JSON.stringify(this.table) !== this.#stored;
  }

  setRight(key: string, leaf: TopicLeaf, right: Right): void {
    if (key === 'device') this.table = { ...this.table, device: withRight(this.table.device, leaf, right) };
    else this.#change(key, (rights) => withRight(rights, leaf, right));
  }

  setDevices(key: string, devices: readonly string[] | null): void {
    this.#change(key, (rights) => ({ ...rights, devices }));
  }

  setDiscovery(key: string, discovery: boolean): void {
    this.#change(key, (rights) => ({ ...rights, discovery }));
  }

  setPrefix(discoveryPrefix: string | null): void {
    this.table = { ...this.table, discoveryPrefix };
  }

  setLogin(deviceLogin: DeviceLogin): void {
    this.table = { ...this.table, deviceLogin };
  }

  /** True when it is stored. */
  async save(): Promise<boolean> {
    this.isSaving = true;
    this.failure = null;
    try {
      const { saveAccess } = await import('../../workflows/broker-access.ts');
      await saveAccess(app().environment, this.projectId, this.table);
      return true;
    } catch (thrown) {
      this.failure = asAppError(thrown);
      return false;
    } finally {
      this.isSaving = false;
    }
  }

  rights(key: string): ClientRights | undefined {
    const [kind = '', name = ''] = key.split(':');
    if (kind === 'dashboard') return this.table.dashboard;
    return kind === 'user' ? this.table.users[name] : this.table.certificates[name];
  }

  #change(key: string, edit: (rights: ClientRights) => ClientRights): void {
    const rights = this.rights(key);
    if (!rights) return;
    const [kind = '', name = ''] = key.split(':');
    const edited = edit(rights);
    if (kind === 'dashboard') this.table = { ...this.table, dashboard: edited };
    else if (kind === 'user') this.table = { ...this.table, users: { ...this.table.users, [name]: edited } };
    else this.table = { ...this.table, certificates: { ...this.table.certificates, [name]: edited } };
  }
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
