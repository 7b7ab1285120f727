/** From what a person chose to what a session connects to. */
import type { Project } from '../../project/entities.ts';
import { AppError } from '../../shared/errors.ts';
import type { Environment } from '../../workflows/environment.ts';
import { keptBrokers } from '../../workflows/live-brokers.ts';
import { passSource } from '../../workflows/live-pass.ts';
import { keptSource, projectSource, typedSource, type LiveSource } from '../../workflows/live-source.ts';
import type { BrokerChoice } from './live.svelte.ts';

/** Throws what the sources do, storage.not-found for a kept broker that is gone. */
export async function sourceOf(
  environment: Environment,
  project: Project | null,
  choice: BrokerChoice,
): Promise<LiveSource> {
  if (choice.kind === 'typed') return typedSource(choice.form, project);
  if (choice.kind === 'pass') return passSource(choice.pass);
  if (!project) throw new AppError('storage.not-found', { details: { what: 'project', id: '' } });
  if (choice.kind === 'project') return projectSource(environment, project);
  const broker = keptBrokers(project).find(({ id }) => id === choice.brokerId);
  if (!broker) throw new AppError('storage.not-found', { details: { what: 'broker', id: choice.brokerId } });
  return keptSource(environment, project, broker);
}
