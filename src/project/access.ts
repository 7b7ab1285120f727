/**
 * Who may do what on the project's broker: the stored rights, and those that everybody begins with. What becomes of them
 * in a broker's files is broker/; knows no passwords, only where they are sealed.
 */
import { deviceWrites, topicLeaves, type TopicLeaf } from '../contract/topics.ts';
import type { DeviceId, RecordId } from './entities.ts';

/** What may be done with the topics of one device. */
export interface TopicRights {
  readonly read: readonly TopicLeaf[];
  readonly write: readonly TopicLeaf[];
}

export interface ClientRights extends TopicRights {
  /** Null for every device of the project, those that come later too. */
  readonly devices: readonly DeviceId[] | null;
  /** May read and empty what devices announce to Home Assistant, and say that it is there; only with a prefix. */
  readonly discovery?: boolean;
}

/**
 * How the device port learns who somebody is: by the name in a certificate, by name and password, or by name and password
 * from whoever has any certificate of the client authority.
 */
export type DeviceLogin = 'certificate' | 'password' | 'both';

/** Somebody with a name and a password who is neither a device nor this page. */
export interface PasswordUser {
  readonly name: string;
  readonly kind: 'homeassistant' | 'custom';
  /** UTF-8 text, sealed. */
  readonly passwordRecord: RecordId;
  readonly rights: ClientRights;
  readonly createdAtMs: number;
}

export interface BrokerAccess {
  readonly deviceLogin: DeviceLogin;
  /** Of each device, on its own topics. */
  readonly device: TopicRights;
  readonly dashboard: ClientRights;
  readonly users: readonly PasswordUser[];
  /** Topic prefix under which devices announce themselves to Home Assistant; null when they do not. */
  readonly discoveryPrefix: string | null;
}

/** What a person chooses for a client in one word. */
export type ClientAccess = 'none' | 'read' | 'command';

export const rightsOf = (access: ClientAccess): ClientRights => ({
  read: access === 'none' ? [] : topicLeaves,
  write: access === 'command' ? ['cmd'] : [],
  devices: null,
});

/** Home Assistant's: readings and presence. No commands: it cannot sign them. */
export const homeAssistantRights: ClientRights = {
  read: ['tele', 'status'],
  write: [],
  devices: null,
  discovery: true,
};

/** May do nothing at all: no block in an access list. */
export const isWithoutRights = ({ read, write, discovery = false }: ClientRights): boolean =>
  read.length === 0 && write.length === 0 && !discovery;

export const usualDeviceRights: TopicRights = { read: ['cmd'], write: deviceWrites };

export const usualAccess: BrokerAccess = {
  deviceLogin: 'certificate',
  device: usualDeviceRights,
  dashboard: rightsOf('command'),
  users: [],
  discoveryPrefix: null,
};
