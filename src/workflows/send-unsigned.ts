/**
 * The unsigned commands of the form iot-2 (docs/contracts.md, Topics): LED colour, display text, interval, as far as the
 * project allows them. Anybody who may publish on the broker can give them too, and no device answers.
 */
import type { Project } from '../project/entities.ts';
import { utf8 } from '../shared/bytes.ts';
import type { Clock } from '../shared/clock.ts';
import { AppError, asAppError } from '../shared/errors.ts';
import { changeProject } from './change-project.ts';
import { brokerRefusal, isTakenByBroker, type CommandState } from './command-state.ts';
import type { ProjectEnvironment } from './environment.ts';
import type { LiveSession } from './open-live.ts';

export type UnsignedCommand =
  | { readonly name: 'led'; readonly r: number; readonly g: number; readonly b: number }
  | { readonly name: 'display'; readonly text: string }
  | { readonly name: 'interval'; readonly seconds: number };

export const allowsUnsigned = (project: Project | null): boolean => project?.live?.allowsUnsigned === true;

/** Whether a found device is of this form: its readings came on `iot-2/evt/…`. */
export const takesUnsigned = (deviceId: string): boolean => deviceId === '~iot-2';

const timeoutMs = 10_000;

/**
 * Published once, never retained. Resolves with taken, refused (by the broker) or unknown: this form has no answers.
 * Throws live.unsigned-not-allowed, live.not-connected: then nothing was sent.
 */
export async function sendUnsigned(
  env: {
    readonly clock: Clock;
    readonly live: Pick<LiveSession, 'broker' | 'state'>;
    readonly project: Project | null;
  },
  command: UnsignedCommand,
  onState: (state: CommandState) => void = () => undefined,
): Promise<CommandState> {
  if (!allowsUnsigned(env.project)) throw new AppError('live.unsigned-not-allowed');
  if (env.live.state.kind !== 'connected') throw new AppError('live.not-connected');
  const startedMs = env.clock.monotonicMs();
  const sent = env.live.broker.publish(
    { topic: topicOf(command), payload: utf8(JSON.stringify(bodyOf(command))), qos: 1 },
    { signal: new AbortController().signal, timeoutMs },
  );
  onState({ kind: 'sent' });
  const state = await ended(sent, () => Math.round(env.clock.monotonicMs() - startedMs));
  onState(state);
  return state;
}

async function ended(sent: Promise<{ reasonCode: number }>, afterMs: () => number): Promise<CommandState> {
  try {
    const { reasonCode } = await sent;
    if (isTakenByBroker(reasonCode)) return { kind: 'taken', afterMs: afterMs() };
    return {
      kind: 'refused',
      afterMs: afterMs(),
      by: 'broker',
      code: reasonCode,
      ...brokerRefusal(reasonCode),
    };
  } catch (thrown) {
    if (asAppError(thrown).code === 'live.no-acknowledgement') return { kind: 'unknown' };
    throw thrown;
  }
}

const topicOf = ({ name }: UnsignedCommand): string =>
  `iot-2/cmd/${name === 'interval' ? 'interval' : 'display'}/fmt/json`;

function bodyOf(command: UnsignedCommand): Readonly<Record<string, string | number>> {
  if (command.name === 'interval') return { Interval: command.seconds };
  return command.name === 'display' ? { text: command.text } : { r: command.r, g: command.g, b: command.b };
}

/** Throws storage.*. */
export const allowUnsigned = (
  env: ProjectEnvironment,
  projectId: string,
  isAllowed: boolean,
): Promise<void> =>
  changeProject(env.store, projectId, (stored) => ({
    project: { ...stored, live: { ...stored.live, allowsUnsigned: isAllowed } },
    journal: [
      {
        atMs: env.clock.nowMs(),
        deviceId: null,
        what: isAllowed ? 'unsigned commands allowed' : 'unsigned commands forbidden',
        details: {},
      },
    ],
  }));
