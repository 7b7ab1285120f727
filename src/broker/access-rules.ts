/**
 * Who may do what, as topic rules that no broker's own form colours: what access lists of every engine are written from.
 * Devices get topics without wildcards, one block each, so that taking a block out revokes.
 */
import { deviceTopic, topicLeaves, type TopicLeaf } from '../contract/topics.ts';
import type { ClientRights } from '../project/access.ts';
import type { BundleInput } from './bundle-input.ts';

export interface TopicRule {
  readonly may: 'read' | 'write';
  /** A topic; for clients that read more than one device, a filter. */
  readonly topic: string;
}

export interface UserRules {
  readonly user: string;
  readonly rules: readonly TopicRule[];
}

export type AccessInput = Pick<
  BundleInput,
  'projectId' | 'devices' | 'userNames' | 'clients' | 'users' | 'access' | 'dashboard'
>;

/** The name under which the device port knows a device: its certificate's, or where it has a password its id. */
export const deviceUser = (
  { userNames, access }: Pick<AccessInput, 'userNames' | 'access'>,
  id: string,
): string => (access.deviceLogin === 'certificate' ? (userNames?.get(id) ?? id) : id);

/** Of the device port, devices first. Certificates without a device are users only where certificates name users. */
export function deviceUsers(input: AccessInput): UserRules[] {
  const { devices, access, clients = [], users = [] } = input;
  const own = devices.map((id) => ({ user: deviceUser(input, id), rules: deviceRules(input, id) }));
  const others = access.deviceLogin === 'certificate' ? clients : users;
  return [...own, ...others.map(({ user, rights }) => ({ user, rules: clientRules(input, rights) }))];
}

/** Of the browser port, the dashboard first. */
export function webUsers(input: AccessInput): UserRules[] {
  const { dashboard, access, users = [] } = input;
  return [{ user: dashboard.username, rights: access.dashboard }, ...users].map(({ user, rights }) => ({
    user,
    rules: clientRules(input, rights),
  }));
}

function deviceRules({ projectId, access }: AccessInput, id: string): TopicRule[] {
  const { device, discoveryPrefix } = access;
  return [
    ...device.write.map((leaf): TopicRule => ({ may: 'write', topic: deviceTopic(projectId, id, leaf) })),
    ...device.read.map((leaf): TopicRule => ({ may: 'read', topic: deviceTopic(projectId, id, leaf) })),
    ...(discoveryPrefix === null ? [] : announcing(discoveryPrefix, id)),
  ];
}

const announcing = (prefix: string, id: string): TopicRule[] => [
  { may: 'write', topic: announcementTopic(prefix, id) },
  { may: 'read', topic: `${prefix}/status` },
];

/** Reads may be filters over all devices, writes never: nothing can be written to a device that the project lacks. */
function clientRules(input: AccessInput, rights: ClientRights): TopicRule[] {
  const { projectId, devices } = input;
  const chosen = rights.devices === null ? devices : devices.filter((id) => rights.devices?.includes(id));
  const written = chosen.flatMap((id) => rights.write.map((leaf) => deviceTopic(projectId, id, leaf)));
  return [
    ...readTopics(projectId, rights, chosen).map((topic): TopicRule => ({ may: 'read', topic })),
    ...written.map((topic): TopicRule => ({ may: 'write', topic })),
    ...discoveryRules(input, rights),
  ];
}

function readTopics(projectId: string, rights: ClientRights, chosen: readonly string[]): string[] {
  const isAll = (leaves: readonly TopicLeaf[]): boolean => topicLeaves.every((leaf) => leaves.includes(leaf));
  if (rights.devices !== null)
    return chosen.flatMap((id) => rights.read.map((leaf) => deviceTopic(projectId, id, leaf)));
  return isAll(rights.read)
    ? [`signet/${projectId}/#`]
    : rights.read.map((leaf) => deviceTopic(projectId, '+', leaf));
}

/** Home Assistant empties a device's announcement when somebody removes the device from it. */
function discoveryRules({ access, devices }: AccessInput, { discovery = false }: ClientRights): TopicRule[] {
  const prefix = access.discoveryPrefix;
  if (prefix === null || !discovery) return [];
  return [
    { may: 'read', topic: `${prefix}/#` },
    { may: 'write', topic: `${prefix}/status` },
    ...devices.map((id): TopicRule => ({ may: 'write', topic: announcementTopic(prefix, id) })),
  ];
}

const announcementTopic = (prefix: string, id: string): string => `${prefix}/device/${id}/config`;
