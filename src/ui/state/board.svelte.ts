/** The board on the cable: its flash job, its way up and its readings. One board at a time. */
import { noBringUps, reduceSighting } from '../../commissioning/bring-ups.ts';
import type { BringUp } from '../../commissioning/bring-up.ts';
import type { Sighting } from '../../commissioning/sighting.ts';
import { layoutNamed } from '../../contract/flash-layouts.ts';
import { isFlashing, type FlashReport, type FlashState } from '../../flash/flash-state.ts';
import type { SerialLink } from '../../ports/serial.ts';
import type { Device, Project } from '../../project/entities.ts';
import { asAppError } from '../../shared/errors.ts';
import type { Outcome } from '../../shared/outcome.ts';
import type { SketchChoice } from '../../sketch/presets.ts';
import type { FirmwareChoice } from '../../workflows/choose-firmware.ts';
import { FlashLog } from '../../workflows/flash-log.ts';
import { app } from './app.svelte.ts';
import { cable, type CableUse } from './cable.svelte.ts';
import { serialConsole } from './console.svelte.ts';

const jobTimeoutMs = 15 * 60_000;

export interface WriteJob {
  readonly project: Project;
  readonly device: Device;
  readonly layoutName: string;
  readonly firmware: FirmwareChoice;
  /** An own sketch's files go there instead of the device's settings; its program is of the person's own, or kept. */
  readonly sketch?: SketchChoice;
}

export class BoardState {
  flash = $state.raw<FlashState>({ kind: 'no-board' });
  bringUps = $state.raw(noBringUps);
  /** What the newest job went through, for a field report; null before the first. */
  flashLog = $state.raw<FlashLog | null>(null);
  #job: AbortController | null = null;
  #lastJob: WriteJob | null = null;
  #approve: ((isApproved: boolean) => void) | null = null;
  readonly #use: CableUse = { giveUp: null };

  constructor() {
    cable().onTurn(() => {
      this.flash = { kind: 'no-board' };
      this.bringUps = noBringUps;
      this.flashLog = null;
    });
  }

  /** Settings went onto the board without a program. */
  get keptProgram(): boolean {
    return this.#lastJob?.firmware.kind === 'keep';
  }

  /** What was written last is an own sketch's: its console says what it likes. */
  get isSketch(): boolean {
    return this.#lastJob?.sketch !== undefined;
  }

  get isBusy(): boolean {
    return isFlashing(this.flash);
  }

  get bringUp(): BringUp | null {
    const { deviceId } = cable();
    return (deviceId ? this.bringUps.devices[deviceId] : null) ?? this.bringUps.unnamed;
  }

  /** Newest reading of the board's present boot, over the cable or through the broker. */
  get readings(): Readonly<Record<string, number>> {
    const view = this.bringUp?.stages.read;
    if (view?.state !== 'ok') return {};
    return Object.fromEntries(Object.entries(view.fields).map(([name, value]) => [name, Number(value)]));
  }

  /** Runs the flash job; the plan is shown first and waits for `write`. */
  async prepare(job: WriteJob): Promise<void> {
    const { link } = cable();
    if (!link || !(await cable().claim(this.#use))) return;
    cable().turnTo(job.project, job.device);
    cable().failure = null;
    cable().isUnchosen = false;
    this.#lastJob = job;
    this.#job = new AbortController();
    this.flashLog = new FlashLog(app().environment.clock);
    try {
      const outcome = await this.#run(job, link, this.#job.signal);
      cable().release(this.#use);
      if (outcome.kind === 'done') await this.follow(job.project, job.device);
    } catch (thrown) {
      const error = asAppError(thrown);
      // Before the job began there is no state to carry the error.
      if (!('error' in this.flash) || this.flash.error !== error) this.flash = { kind: 'stopped', error };
    } finally {
      cable().release(this.#use);
    }
  }

  async #run(job: WriteJob, link: SerialLink, signal: AbortSignal): Promise<Outcome<FlashReport>> {
    const common = {
      projectId: job.project.id,
      deviceId: job.device.id,
      link,
      layout: layoutNamed(job.layoutName),
      onState: (state: FlashState) => {
        this.flashLog?.add(state);
        this.flash = state;
      },
      approve: () => this.#askForWord(),
    };
    const options = { signal, timeoutMs: jobTimeoutMs };
    const { environment } = app();
    if (job.sketch === undefined) {
      const { flashDevice } = await import('../../workflows/flash-device.ts');
      return flashDevice(environment, { ...common, firmware: job.firmware }, options);
    }
    const { flashSketch } = await import('../../workflows/flash-sketch.ts');
    const program = job.firmware.kind === 'own' ? job.firmware.bytes : null;
    return flashSketch(environment, { ...common, choice: job.sketch, program }, options);
  }

  write(): void {
    this.#approve?.(true);
  }

  cancel(): void {
    this.#job?.abort();
    this.#approve?.(false);
  }

  async retry(): Promise<void> {
    if (this.#lastJob && (await cable().findPort())) await this.prepare(this.#lastJob);
  }

  /** Listens to the board from now on. */
  async follow(project: Project, device: Device): Promise<void> {
    cable().turnTo(project, device);
    cable().failure = null;
    await serialConsole().follow(project, (sighting) => this.take(sighting));
  }

  /** Sightings come from the console here, and from the broker by way of Live. */
  take(sighting: Sighting): void {
    this.bringUps = reduceSighting(this.bringUps, sighting);
    const isReady = sighting.stage === 'read' && sighting.state === 'ok' && sighting.source === 'serial';
    // A device without a sensor skips its reading, and is as ready.
    const isUp = sighting.stage === 'read' && ['ok', 'skip'].includes(sighting.state);
    if (isUp && sighting.source === 'serial' && cable().projectId === app().project?.id) app().mark('board');
    if (isReady && this.flash.kind === 'done' && !this.flash.saidReady)
      this.flash = { ...this.flash, saidReady: true };
  }

  #askForWord(): Promise<boolean> {
    return new Promise((resolve) => {
      this.#approve = (isApproved) => {
        this.#approve = null;
        resolve(isApproved);
      };
    });
  }
}

let current: BoardState | null = null;

export const board = (): BoardState => (current ??= new BoardState());
