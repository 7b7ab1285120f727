/** Many boards on the screens: one batch of a project, its lanes, and the table that survives a reload. */
import type { SerialLink } from '../../ports/serial.ts';
import type { Device, DeviceSettings, Project } from '../../project/entities.ts';
import { utf8 } from '../../shared/bytes.ts';
import { asAppError, type AppError } from '../../shared/errors.ts';
import { boardsCsv, boardsPerHour, restoredBoards, storedBoards } from '../../workflows/boards-table.ts';
import type { FirmwareChoice } from '../../workflows/choose-firmware.ts';
import {
  addIdentities,
  giveBack,
  noBoards,
  removeWaiting,
  withoutPort,
  type Identity,
  type ManyBoards,
} from '../../workflows/many-boards.ts';
import { app, boardsKeyOf } from './app.svelte.ts';
import { laneOfPort } from './lane-ports.ts';
import { Lane, type Batch } from './lane.svelte.ts';

/** A free lease is had at once. */
const leaseAfterMs = 500;

export class ManyBoardsState implements Batch {
  readonly projectId: string;
  layoutName = $state('4m2m');
  firmware = $state.raw<FirmwareChoice>({ kind: 'published' });
  /** Layout and firmware are chosen: the lanes write these. */
  isChosen = $state(false);
  isAutomatic = $state(false);
  lanes = $state.raw<readonly Lane[]>([]);
  failure = $state.raw<AppError | null>(null);
  /** The picker was closed without a choice, or gave a port that has a lane. */
  portNote = $state<'none' | 'unchosen' | 'known'>('none');
  /** One tab at a time has a project's batch. */
  isHere = $state(false);
  /** Another tab has it: it ends there before it goes on here. */
  isElsewhere = $state(false);
  #boards = $state.raw<ManyBoards<number>>(noBoards);
  #stored = '';
  #nextLane = 1;

  constructor(projectId: string) {
    this.projectId = projectId;
    const { serial, leases } = app().environment;
    void leases.hold(`many-boards:${projectId}`, () => this.#takeOver());
    setTimeout(() => (this.isElsewhere = !this.isHere), leaseAfterMs);
    if (serial.kind === 'ready') serial.ports.onChange(() => void this.#portsChanged());
    window.addEventListener('beforeunload', (event) => {
      if (this.running > 0) event.preventDefault();
    });
  }

  /** To the end of the page. */
  #takeOver(): Promise<never> {
    this.#stored = localStorage.getItem(this.#key) ?? '';
    this.#boards = restoredBoards(this.#stored) ?? noBoards;
    this.isHere = true;
    this.isElsewhere = false;
    void this.#useGranted();
    return new Promise(() => undefined);
  }

  get boards(): ManyBoards<number> {
    return this.#boards;
  }

  set boards(boards: ManyBoards<number>) {
    this.#boards = boards;
    const text = storedBoards(boards);
    if (text === this.#stored) return;
    this.#stored = text;
    localStorage.setItem(this.#key, text);
  }

  get running(): number {
    return this.lanes.filter(({ isRunning }) => isRunning).length;
  }

  get written(): number {
    return this.boards.jobs.filter(({ result }) => result.kind === 'written').length;
  }

  get perHour(): number | null {
    return boardsPerHour(this.boards);
  }

  /** Opens the picker. */
  async addPort(): Promise<void> {
    const { serial } = app().environment;
    if (serial.kind === 'missing') return;
    this.failure = null;
    try {
      const outcome = await serial.ports.request();
      if (outcome.kind === 'cancelled') this.portNote = 'unchosen';
      else this.portNote = this.#addLane(outcome.value) ? 'none' : 'known';
    } catch (thrown) {
      this.failure = asAppError(thrown);
    }
  }

  /** Opens the picker for a lane whose board was taken away and whose port the browser forgot with it. */
  async choosePortOf(lane: Lane): Promise<void> {
    const { serial } = app().environment;
    if (serial.kind === 'missing') return;
    try {
      const outcome = await serial.ports.request();
      if (outcome.kind === 'done' && !this.#laneOn(outcome.value)) lane.plugIn(outcome.value);
    } catch (thrown) {
      this.failure = asAppError(thrown);
    }
  }

  /** Lanes whose board can be begun or gone on with; a board that is done is not begun again. */
  get ready(): readonly Lane[] {
    return this.lanes.filter(({ isRunning, isOut, flash }) => !isRunning && !isOut && flash.kind !== 'done');
  }

  startAll(): void {
    for (const lane of this.ready) void lane.start();
  }

  release(lane: Lane): void {
    lane.release();
    this.lanes = this.lanes.filter((other) => other !== lane);
  }

  /** Devices without a board wait for one; lanes that waited for them begin. */
  queue(devices: readonly Device[]): void {
    this.boards = addIdentities(this.boards, devices.map(identityOf));
    this.wake();
  }

  wake(): void {
    for (const lane of this.lanes) if (lane.isStarved) void lane.start();
  }

  /** Something is there for a lane to begin or to go on with. */
  get hasWork(): boolean {
    const { boards } = this;
    const begun = this.ready.some(({ job }) => job !== null) || withoutPort(boards).length > 0;
    return begun || boards.waiting.length > 0;
  }

  /** Makes devices of these names and queues them. Throws what `addDevices` throws. */
  async make(names: readonly string[], settings: DeviceSettings): Promise<void> {
    const { addDevices } = await import('../../workflows/add-device.ts');
    const forms = names.map((name) => ({ name, settings }));
    const made = await addDevices(app().environment, this.projectId, forms);
    if (made.kind === 'done') this.queue(made.value);
  }

  unqueue(deviceId: string): void {
    this.boards = removeWaiting(this.boards, deviceId);
  }

  /** The identity of a board that will not be finished waits for another one. */
  giveUp(jobId: number): void {
    this.boards = giveBack(this.boards, jobId);
    this.wake();
  }

  saveCsv(project: Project): void {
    app().environment.downloads.save(`${project.id}-boards.csv`, utf8(boardsCsv(this.boards)), 'text/csv');
  }

  /** Forgets what is written; the devices stay. */
  clearWritten(): void {
    const jobs = this.boards.jobs.filter(({ result }) => result.kind !== 'written');
    this.boards = { ...this.boards, jobs };
  }

  /** A lane for each port that was allowed before. */
  async #useGranted(): Promise<void> {
    const { serial } = app().environment;
    if (serial.kind === 'missing') return;
    for (const link of await serial.ports.granted()) this.#addLane(link);
  }

  #addLane(link: SerialLink): boolean {
    if (this.#laneOn(link) || laneOfPort(link) !== null) return false;
    this.lanes = [...this.lanes, new Lane(this.#nextLane++, link, this)];
    return true;
  }

  #laneOn = (link: SerialLink): boolean => this.lanes.some((lane) => lane.link === link);

  /** A port that comes back belongs to a lane that waits for one of its kind. */
  async #portsChanged(): Promise<void> {
    const { serial } = app().environment;
    if (serial.kind === 'missing') return;
    for (const lane of this.lanes) if (lane.link?.gone.aborted) lane.pullOut();
    for (const link of await serial.ports.granted()) {
      if (this.#laneOn(link)) continue;
      const out = this.lanes.filter(({ isOut }) => isOut);
      out.find((lane) => sameUsb(lane.link, link))?.plugIn(link);
    }
  }

  get #key(): string {
    return boardsKeyOf(app().environment.kind, this.projectId);
  }
}

const sameUsb = (a: SerialLink | null, b: SerialLink): boolean =>
  a?.usb?.vendorId === b.usb?.vendorId && a?.usb?.productId === b.usb?.productId;

/** Upper-case hex with colons, as certificates are shown, becomes lower-case hex. */
const identityOf = ({ id, credential }: Device): Identity => ({
  deviceId: id,
  fingerprint: credential.certificate.sha256Fingerprint.replaceAll(':', '').toLowerCase(),
});

const batches: ManyBoardsState[] = [];

/** The project's batch; its lanes go on when another place is open. */
export function manyBoards(projectId: string): ManyBoardsState {
  const known = batches.find((batch) => batch.projectId === projectId);
  if (known) return known;
  const batch = new ManyBoardsState(projectId);
  batches.push(batch);
  return batch;
}
