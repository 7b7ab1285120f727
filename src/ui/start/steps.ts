/** The checklist's steps and how far they are, by what the project knows. */
import type { Project } from '../../project/entities.ts';

export type StepName = 'project' | 'board' | 'broker' | 'browser' | 'live';
export type StepState = 'done' | 'now' | 'next';

export interface Step {
  readonly name: StepName;
  readonly title: string;
  readonly summary: string;
  readonly state: StepState;
}

export function stepsOf(project: Project | null): Step[] {
  const isWritten = project?.devices.some((device) => device.credentialState !== 'made') ?? false;
  const rows: readonly Omit<Step, 'state'>[] = [
    { name: 'project', title: 'Project', summary: 'Keys made' },
    {
      name: 'board',
      title: 'Board',
      summary: isWritten ? 'Written and verified' : 'First reading over USB; no broker needed',
    },
    { name: 'broker', title: 'Broker', summary: 'Mosquitto on a Raspberry Pi, a server, or in Docker' },
    { name: 'browser', title: 'Browser', summary: 'Trust the broker, once' },
    { name: 'live', title: 'Live', summary: 'Readings from anywhere in your network' },
  ];
  const doneCount = !project ? 0 : isWritten ? 2 : 1;
  return rows.map((row, i) => ({ ...row, state: i < doneCount ? 'done' : i === doneCount ? 'now' : 'next' }));
}
