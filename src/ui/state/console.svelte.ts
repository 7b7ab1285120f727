/** The console on the cable: what the board says, line by line, redacted and explained; lines sent to it. */
import type { Sighting } from '../../commissioning/sighting.ts';
import { explainLine, type LineExplanation } from '../../console/chip-texts.ts';
import type { TranscriptLine } from '../../console/transcript.ts';
import type { Project } from '../../project/entities.ts';
import { utf8 } from '../../shared/bytes.ts';
import { asAppError, type AppError } from '../../shared/errors.ts';
import type { ConsoleFollower } from '../../workflows/follow-console.ts';
import { logText } from '../console/console-log.ts';
import { app } from './app.svelte.ts';
import { cable, type CableUse } from './cable.svelte.ts';

export interface ExplainedLine extends TranscriptLine {
  readonly explanation: LineExplanation | null;
}

const consoleBaudRate = 115_200;
const shownLines = 500;
/** From the restart, or from where listening began, to the first line a healthy device has said long ago. */
const silenceAfterMs = 10_000;

export class ConsoleState {
  lines = $state.raw<readonly ExplainedLine[]>([]);
  failure = $state.raw<AppError | null>(null);
  isFollowing = $state(false);
  /** The board said no line of the firmware's in a time in which it should have. */
  isSilent = $state(false);
  #silence: ReturnType<typeof setTimeout> | undefined;
  #follower: ConsoleFollower | null = null;
  readonly #use: CableUse = { giveUp: () => this.stop() };

  constructor() {
    cable().onTurn(() => {
      this.lines = [];
      this.#awaitNothing();
    });
  }

  /** Listens to the board from now on; `onSighting` hears each step of its way up. */
  async follow(project: Project, onSighting: (sighting: Sighting) => void): Promise<void> {
    const { link, deviceId } = cable();
    if (!link || this.isFollowing || !(await cable().claim(this.#use))) return;
    this.failure = null;
    try {
      const { followConsole, secretsOf } = await import('../../workflows/follow-console.ts');
      this.#follower = await followConsole(app().environment, link, {
        baudRate: consoleBaudRate,
        ...(deviceId === null ? {} : { expectedDeviceId: deviceId }),
        secrets: await secretsOf(app().environment, project),
        onLine: (line) => this.#add(line),
        onSighting: (sighting) => {
          this.#awaitNothing();
          onSighting(sighting);
        },
        onEnd: (error) => this.#ended(error),
      });
      this.isFollowing = true;
      this.#awaitWord();
    } catch (thrown) {
      cable().release(this.#use);
      this.failure = asAppError(thrown);
    }
  }

  async stop(): Promise<void> {
    const follower = this.#follower;
    this.#follower = null;
    this.isFollowing = false;
    this.#awaitNothing();
    await follower?.stop();
    cable().release(this.#use);
  }

  async sendLine(text: string): Promise<void> {
    await this.#follower?.send(text);
  }

  async reset(): Promise<void> {
    this.#awaitWord();
    await this.#follower?.reset();
  }

  saveLog(): void {
    app().environment.downloads.save('console.log', utf8(logText(this.lines)), 'text/plain');
  }

  #awaitWord(): void {
    this.#awaitNothing();
    this.#silence = setTimeout(() => (this.isSilent = true), silenceAfterMs);
  }

  #awaitNothing(): void {
    clearTimeout(this.#silence);
    this.isSilent = false;
  }

  #add(line: TranscriptLine): void {
    this.lines = [...this.lines.slice(1 - shownLines), { ...line, explanation: explainLine(line.text) }];
  }

  #ended(error: AppError | null): void {
    this.isFollowing = false;
    this.#awaitNothing();
    this.#follower = null;
    cable().release(this.#use);
    this.failure = error;
  }
}

let current: ConsoleState | null = null;

export const serialConsole = (): ConsoleState => (current ??= new ConsoleState());
