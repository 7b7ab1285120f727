/** The form of the classic route: its defaults and the values that it means. */
import { classicNames, type ClassicProfile } from '../../pki/classic/profiles.ts';
import type { Project } from '../../project/entities.ts';
import type { ClassicForm } from '../../workflows/trust/classic-set.ts';
import { listOf } from './trust-words.ts';

export interface TypedClassic {
  profile: string;
  country: string;
  state: string;
  town: string;
  organization: string;
  email: string;
  brokerName: string;
  names: string;
  clients: string;
  uniqueSerials: boolean;
  passphrase: string;
  repeated: string;
}

export const classicOptions = Object.entries(classicNames).map(([value, text]) => ({
  value,
  text: `${value.toUpperCase()}: ${text}`,
}));

export const defaultClassic = ({ id, broker, devices }: Project): TypedClassic => ({
  profile: 's5',
  country: 'GB',
  state: '',
  town: '',
  organization: id,
  email: '',
  brokerName: broker.hosts[0] ?? 'mosquitto',
  names: ['localhost', 'mosquitto', ...broker.hosts.slice(1)].join(', '),
  clients: devices.map((device) => device.id).join(', '),
  uniqueSerials: true,
  passphrase: 'password123',
  repeated: 'password123',
});

export function toClassicForm(typed: TypedClassic): ClassicForm {
  const names = listOf(typed.names);
  const isAddress = (name: string): boolean => name.includes(':') || /^[\d.]+$/.test(name);
  return {
    profile: typed.profile as ClassicProfile,
    values: {
      country: typed.country.trim(),
      state: typed.state.trim(),
      town: typed.town.trim(),
      organization: typed.organization.trim(),
      email: typed.email.trim(),
      brokerName: typed.brokerName.trim(),
      dnsNames: names.filter((name) => !isAddress(name)),
      addresses: names.filter(isAddress),
      clients: listOf(typed.clients),
      uniqueSerials: typed.uniqueSerials,
    },
  };
}
