/**
 * The words of a rotation to one boot of a device: each is answered before the next. All of them may be said again (a lost
 * answer changes nothing), so that they are, a few times; what a step means is rotation-moves.ts's business.
 */
import type { CommandBody, RotationCommandName } from '../../contract/envelope.ts';
import type { DeviceId, Project } from '../../project/entities.ts';
import { AppError } from '../../shared/errors.ts';
import { sendCommand, type CommandEnvironment } from '../send-command.ts';

/** What happened that only the device's next status can tell of. */
export class TalkBroken extends Error {
  override readonly name = 'TalkBroken';
}

/** The device said no; `code` of docs/contracts.md. */
export class TalkRefused extends Error {
  override readonly name = 'TalkRefused';
  readonly code: number | null;
  constructor(code: number | null) {
    super(`refused with ${String(code)}`);
    this.code = code;
  }
}

export interface TalkParts {
  readonly env: CommandEnvironment;
  readonly project: Pick<Project, 'id'>;
  readonly deviceId: DeviceId;
  /** The boot that is spoken to. */
  readonly bootNonce: string;
  readonly signal: AbortSignal;
}

const mostTries = 4;
/** About the clock or the order of times: its answer told its clock, so that the next one fits. */
const clockCodes: readonly (number | null)[] = [606, 607, 608];
const anotherBoot = 605;
const pauseMs = 1_000;

export class RotationTalk {
  readonly #parts: TalkParts;
  #lastMs = 0;

  constructor(parts: TalkParts) {
    this.#parts = parts;
  }

  get bootNonce(): string {
    return this.#parts.bootNonce;
  }

  /**
   * `d` of its answer. Throws TalkRefused, TalkBroken (another boot, or nobody is there), rotation.no-answer,
   * live.not-connected, vault.locked.
   */
  async say(name: RotationCommandName, args: CommandBody['a']): Promise<Readonly<Record<string, unknown>>> {
    const { env, project, deviceId, signal } = this.#parts;
    for (let tries = 1; ; tries++) {
      this.#checkBoot();
      const state = await sendCommand(env, project, deviceId, {
        name,
        arguments: args,
        signal,
        laterThanMs: this.#lastMs,
      });
      if (signal.aborted) throw new TalkBroken();
      if (state.kind === 'done') {
        this.#lastMs = Math.max(this.#lastMs, state.reply.last ?? 0);
        return state.reply.d ?? {};
      }
      if (state.kind === 'refused') this.#judge(state.by, state.code);
      if (tries === mostTries) throw new AppError('rotation.no-answer', { details: { device: deviceId } });
      await env.clock.sleep(pauseMs, signal);
    }
  }

  #judge(by: 'broker' | 'device', code: number | null): void {
    if (by === 'broker' || code === anotherBoot) throw new TalkBroken();
    if (!clockCodes.includes(code)) throw new TalkRefused(code);
  }

  #checkBoot(): void {
    const { env, deviceId, bootNonce } = this.#parts;
    if (env.live.devices.get(deviceId)?.bootNonce !== bootNonce) throw new TalkBroken();
  }
}
