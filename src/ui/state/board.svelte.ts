/** The board on the cable: its flash job, its console, its way up and its readings. One board at a time. */
import { noBringUps, reduceSighting } from '../../commissioning/bring-ups.ts';
import type { BringUp } from '../../commissioning/bring-up.ts';
import type { Sighting } from '../../commissioning/sighting.ts';
import { explainLine, type LineExplanation } from '../../console/chip-texts.ts';
import type { TranscriptLine } from '../../console/transcript.ts';
import { layoutNamed } from '../../contract/flash-layouts.ts';
import { isFlashing, type FlashState } from '../../flash/flash-state.ts';
import type { SerialLink } from '../../ports/serial.ts';
import type { Device, Project } from '../../project/entities.ts';
import { utf8 } from '../../shared/bytes.ts';
import { asAppError, type AppError } from '../../shared/errors.ts';
import type { FirmwareChoice } from '../../workflows/choose-firmware.ts';
import type { ConsoleFollower } from '../../workflows/follow-console.ts';
import { logText } from '../board/console-log.ts';
import { app } from './app.svelte.ts';

export interface ExplainedLine extends TranscriptLine {
  readonly explanation: LineExplanation | null;
}

const consoleBaudRate = 115_200;
const shownLines = 500;
/** From the restart, or from where listening began, to the first line a healthy device has said long ago. */
const silenceAfterMs = 10_000;
const jobTimeoutMs = 15 * 60_000;

export interface WriteJob {
  readonly project: Project;
  readonly device: Device;
  readonly layoutName: string;
  readonly firmware: FirmwareChoice;
}

export class BoardState {
  link = $state.raw<SerialLink | null>(null);
  projectId = $state<string | null>(null);
  deviceId = $state<string | null>(null);
  flash = $state.raw<FlashState>({ kind: 'no-board' });
  lines = $state.raw<readonly ExplainedLine[]>([]);
  bringUps = $state.raw(noBringUps);
  failure = $state.raw<AppError | null>(null);
  isFollowing = $state(false);
  /** The picker was closed without a choice. */
  isUnchosen = $state(false);
  /** The board said no line of the firmware's in a time in which it should have. */
  isSilent = $state(false);
  #silence: ReturnType<typeof setTimeout> | undefined;
  #follower: ConsoleFollower | null = null;
  #job: AbortController | null = null;
  #lastJob: WriteJob | null = null;
  #approve: ((isApproved: boolean) => void) | null = null;

  /** Settings went onto the board without a program. */
  get keptProgram(): boolean {
    return this.#lastJob?.firmware.kind === 'keep';
  }

  get isBusy(): boolean {
    return isFlashing(this.flash);
  }

  get bringUp(): BringUp | null {
    return (this.deviceId ? this.bringUps.devices[this.deviceId] : null) ?? this.bringUps.unnamed;
  }

  /** Newest reading of the board's present boot, over the cable or through the broker. */
  get readings(): Readonly<Record<string, number>> {
    const view = this.bringUp?.stages.read;
    if (view?.state !== 'ok') return {};
    return Object.fromEntries(Object.entries(view.fields).map(([name, value]) => [name, Number(value)]));
  }

  /** Opens the picker. True when a port was chosen. */
  async choosePort(): Promise<boolean> {
    const { serial } = app().environment;
    if (serial.kind === 'missing') return false;
    this.failure = null;
    this.isUnchosen = false;
    try {
      const outcome = await serial.ports.request();
      if (outcome.kind === 'done') this.link = outcome.value;
      else this.isUnchosen = true;
      return outcome.kind === 'done';
    } catch (thrown) {
      this.failure = asAppError(thrown);
      return false;
    }
  }

  /** The port in use, or the only one that was allowed before; else the picker. True when there is one. */
  async findPort(): Promise<boolean> {
    const { serial } = app().environment;
    if (serial.kind === 'missing') return false;
    if (this.link && !this.link.gone.aborted) return true;
    const [only, ...others] = await serial.ports.granted();
    if (!only || others.length > 0) return this.choosePort();
    this.link = only;
    return true;
  }

  /** Whether what is shown here belongs to this device. */
  isAbout(project: Project, device: Device): boolean {
    return this.projectId === project.id && this.deviceId === device.id;
  }

  /** Runs the flash job; the plan is shown first and waits for `write`. */
  async prepare(job: WriteJob): Promise<void> {
    const { link } = this;
    if (!link || this.isBusy) return;
    await this.stopFollowing();
    this.failure = null;
    this.isUnchosen = false;
    this.#lastJob = job;
    this.#turnTo(job.project, job.device);
    this.#job = new AbortController();
    try {
      const { flashDevice } = await import('../../workflows/flash-device.ts');
      const outcome = await flashDevice(
        app().environment,
        {
          projectId: job.project.id,
          deviceId: job.device.id,
          link,
          layout: layoutNamed(job.layoutName),
          firmware: job.firmware,
          onState: (state) => (this.flash = state),
          approve: () => this.#askForWord(),
        },
        { signal: this.#job.signal, timeoutMs: jobTimeoutMs },
      );
      if (outcome.kind === 'done') await this.follow(job.project, job.device);
    } catch (thrown) {
      const error = asAppError(thrown);
      // Before the job began there is no state to carry the error.
      if (!('error' in this.flash) || this.flash.error !== error) this.flash = { kind: 'stopped', error };
    }
  }

  write(): void {
    this.#approve?.(true);
  }

  cancel(): void {
    this.#job?.abort();
    this.#approve?.(false);
  }

  async retry(): Promise<void> {
    if (this.#lastJob && (await this.findPort())) await this.prepare(this.#lastJob);
  }

  /** Listens to the board from now on. */
  async follow(project: Project, device: Device): Promise<void> {
    const { link } = this;
    if (!link || this.isFollowing) return;
    this.#turnTo(project, device);
    this.failure = null;
    try {
      const { followConsole, secretsOf } = await import('../../workflows/follow-console.ts');
      this.#follower = await followConsole(app().environment, link, {
        baudRate: consoleBaudRate,
        expectedDeviceId: device.id,
        secrets: await secretsOf(app().environment, project),
        onLine: (line) => this.#add(line),
        onSighting: (sighting) => this.take(sighting),
        onEnd: (error) => this.#ended(error),
      });
      this.isFollowing = true;
      this.#awaitWord();
    } catch (thrown) {
      this.failure = asAppError(thrown);
    }
  }

  async stopFollowing(): Promise<void> {
    const follower = this.#follower;
    this.#follower = null;
    this.isFollowing = false;
    this.#awaitNothing();
    await follower?.stop();
  }

  /** Sightings come from the console here, and from the broker by way of Live. */
  take(sighting: Sighting): void {
    this.bringUps = reduceSighting(this.bringUps, sighting);
    if (sighting.source === 'serial') this.#awaitNothing();
    const isReady = sighting.stage === 'read' && sighting.state === 'ok' && sighting.source === 'serial';
    // A device without a sensor skips its reading, and is as ready.
    const isUp = sighting.stage === 'read' && ['ok', 'skip'].includes(sighting.state);
    if (isUp && sighting.source === 'serial' && this.projectId === app().project?.id) app().mark('board');
    if (isReady && this.flash.kind === 'done' && !this.flash.saidReady)
      this.flash = { ...this.flash, saidReady: true };
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

  /** Another device on the cable: what the last one said is not its. */
  #turnTo(project: Project, device: Device): void {
    if (this.isAbout(project, device)) return;
    this.projectId = project.id;
    this.deviceId = device.id;
    this.flash = { kind: 'no-board' };
    this.bringUps = noBringUps;
    this.lines = [];
    this.#awaitNothing();
  }

  #awaitWord(): void {
    this.#awaitNothing();
    this.#silence = setTimeout(() => (this.isSilent = true), silenceAfterMs);
  }

  #awaitNothing(): void {
    clearTimeout(this.#silence);
    this.isSilent = false;
  }

  #askForWord(): Promise<boolean> {
    return new Promise((resolve) => {
      this.#approve = (isApproved) => {
        this.#approve = null;
        resolve(isApproved);
      };
    });
  }

  #add(line: TranscriptLine): void {
    this.lines = [...this.lines.slice(1 - shownLines), { ...line, explanation: explainLine(line.text) }];
  }

  #ended(error: AppError | null): void {
    this.isFollowing = false;
    this.#awaitNothing();
    this.#follower = null;
    this.failure = error;
  }
}

let current: BoardState | null = null;

export const board = (): BoardState => (current ??= new BoardState());
