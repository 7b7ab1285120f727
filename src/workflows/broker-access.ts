/** Changes of who may do what on the broker: rights and ways to log in, as one table. Files follow from them. */
import { isLegalPrefix } from '../broker/bundle-input.ts';
import { deviceWrites } from '../contract/topics.ts';
import type { ClientRights, DeviceLogin, TopicRights } from '../project/access.ts';
import type { Project, ProjectId } from '../project/entities.ts';
import { AppError } from '../shared/errors.ts';
import { changeProject } from './change-project.ts';
import type { ProjectEnvironment } from './environment.ts';

/** All that the table shows, as one value to be changed and saved. */
export interface AccessTable {
  readonly deviceLogin: DeviceLogin;
  readonly device: TopicRights;
  readonly dashboard: ClientRights;
  readonly discoveryPrefix: string | null;
  /** By user name. */
  readonly users: Readonly<Record<string, ClientRights>>;
  /** Of other certificates under the client authority, by their names in the list. */
  readonly certificates: Readonly<Record<string, ClientRights>>;
}

export function accessTable(project: Project): AccessTable {
  const { deviceLogin, device, dashboard, discoveryPrefix, users } = project.broker.access;
  const clients = project.otherCertificates.filter(({ role }) => role === 'client');
  return {
    deviceLogin,
    device,
    dashboard,
    discoveryPrefix,
    users: Object.fromEntries(users.map(({ name, rights }) => [name, rights])),
    certificates: Object.fromEntries(clients.map(({ name, rights }) => [name, rights])),
  };
}

/** Throws access.device, access.prefix, storage.*. */
export async function saveAccess(
  env: Pick<ProjectEnvironment, 'store' | 'clock'>,
  projectId: ProjectId,
  table: AccessTable,
): Promise<void> {
  checkTable(table);
  await changeProject(env.store, projectId, (project) => ({
    project: withTable(project, table),
    journal: [
      {
        atMs: env.clock.nowMs(),
        deviceId: null,
        what: 'access changed',
        details: { login: table.deviceLogin },
      },
    ],
  }));
}

function checkTable({ device, discoveryPrefix }: AccessTable): void {
  const isOwn =
    device.read.every((leaf) => leaf === 'cmd') && device.write.every((leaf) => deviceWrites.includes(leaf));
  if (!isOwn) throw new AppError('access.device');
  if (discoveryPrefix !== null && !isLegalPrefix(discoveryPrefix))
    throw new AppError('access.prefix', { details: { value: discoveryPrefix } });
}

function withTable(project: Project, table: AccessTable): Project {
  const { users, certificates, ...own } = table;
  const { access } = project.broker;
  return {
    ...project,
    broker: {
      ...project.broker,
      access: {
        ...access,
        ...own,
        users: access.users.map((user) => ({ ...user, rights: users[user.name] ?? user.rights })),
      },
    },
    otherCertificates: project.otherCertificates.map((other) => ({
      ...other,
      rights: (other.role === 'client' ? certificates[other.name] : undefined) ?? other.rights,
    })),
  };
}
