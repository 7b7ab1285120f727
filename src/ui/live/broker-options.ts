/** The brokers that can be looked at, as a list to choose from. */
import type { Project } from '../../project/entities.ts';
import { keptBrokers } from '../../workflows/live-brokers.ts';
import type { BrokerChoice } from '../state/live.svelte.ts';

export interface BrokerOption {
  readonly value: string;
  readonly text: string;
}

export function brokerOptions(project: Project | null, choice: BrokerChoice): BrokerOption[] {
  return [
    ...(project ? [{ value: 'project', text: `${project.name}: its own broker` }] : []),
    ...(project ? keptBrokers(project).map(({ id, url }) => ({ value: id, text: hostOf(url) })) : []),
    ...(choice.kind === 'pass' ? [{ value: 'pass', text: `Live pass of ${choice.pass.project.name}` }] : []),
    ...(choice.kind === 'typed' ? [{ value: 'typed', text: 'Typed in, for this tab' }] : []),
  ];
}

export const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : url);

/** Null for the project's own, whose address others know. */
export function chosenUrl(
  project: Project | null,
  choice: BrokerChoice,
  openUrl: string | null,
): string | null {
  if (choice.kind === 'kept')
    return keptBrokers(project ?? noBrokers).find(({ id }) => id === choice.brokerId)?.url ?? null;
  return choice.kind === 'project' ? null : openUrl;
}

const noBrokers = { live: {} } as Project;
