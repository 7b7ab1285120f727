/** The checklist's steps and how far they are: by what the project knows, by what was marked, and by the demo's nature. */
import type { Project } from '../../project/entities.ts';
import type { StepMark } from '../state/app.svelte.ts';

export type StepName = 'project' | 'board' | 'broker' | 'browser' | 'live';
export type StepState = 'done' | 'now' | 'next' | 'not-needed';

export interface Step {
  readonly name: StepName;
  readonly title: string;
  readonly summary: string;
  readonly state: StepState;
}

interface Row extends Omit<Step, 'state'> {
  readonly reached: 'done' | 'not-needed' | null;
}

/** One step is *now*: the first that is open still. */
export function stepsOf(project: Project | null, marks: readonly StepMark[], isDemo: boolean): Step[] {
  const rows = rowsOf(project, marks, isDemo);
  const now = rows.find(({ reached }) => reached === null)?.name;
  return rows.map(({ reached, ...row }) => ({
    ...row,
    state: reached ?? (row.name === now ? 'now' : 'next'),
  }));
}

function rowsOf(project: Project | null, marks: readonly StepMark[], isDemo: boolean): Row[] {
  const isWritten = project?.devices.some((device) => device.credentialState !== 'made') ?? false;
  const marked = (mark: StepMark): Row['reached'] => (marks.includes(mark) ? 'done' : null);
  const inPage = (mark: StepMark): Row['reached'] => (isDemo ? 'not-needed' : marked(mark));
  const boardWords = isWritten ? 'Written and verified; waits for the first reading' : null;
  const hasRead = marks.includes('board') || marks.includes('live');
  return [
    { name: 'project', title: 'Project', summary: 'Keys made', reached: project ? 'done' : null },
    {
      name: 'board',
      title: 'Board',
      summary: hasRead
        ? 'Its readings arrive'
        : ((isDemo ? null : boardWords) ?? 'First reading over USB; no broker needed'),
      reached: hasRead ? 'done' : null,
    },
    {
      name: 'broker',
      title: 'Broker',
      summary: isDemo
        ? 'Runs inside this page; the files are here to look at'
        : 'Mosquitto on a Raspberry Pi, a server, or in Docker; ticked when this page connects',
      reached: inPage('broker'),
    },
    {
      name: 'browser',
      title: 'Browser',
      summary: isDemo
        ? 'Nothing to trust: the broker is inside this page'
        : 'Trust the broker, once; ticked when this page connects',
      reached: inPage('browser'),
    },
    {
      name: 'live',
      title: 'Live',
      summary: marks.includes('live') ? 'Readings arrive' : 'Readings from anywhere in your network',
      reached: marked('live'),
    },
  ];
}
