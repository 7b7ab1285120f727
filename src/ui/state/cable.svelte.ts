/** The port that a board hangs on: how it is chosen, which device it is about, and who uses it just now. */
import type { SerialLink } from '../../ports/serial.ts';
import type { Device, Project } from '../../project/entities.ts';
import { AppError, asAppError } from '../../shared/errors.ts';
import { app } from './app.svelte.ts';
import { laneOfPort } from './lane-ports.ts';

/** One use of the port, from its opening to its closing. */
export interface CableUse {
  /** A console gives the port up when a job wants it; a job keeps it to its end. */
  readonly giveUp: (() => Promise<void>) | null;
}

export class CableState {
  link = $state.raw<SerialLink | null>(null);
  projectId = $state<string | null>(null);
  deviceId = $state<string | null>(null);
  failure = $state.raw<AppError | null>(null);
  /** The picker was closed without a choice. */
  isUnchosen = $state(false);
  #use = $state.raw<CableUse | null>(null);
  readonly #onTurn: (() => void)[] = [];
  /** Ports of other boards, as they were while this one's was there. */
  #beside: readonly SerialLink[] = [];

  constructor() {
    const { serial } = app().environment;
    if (serial.kind === 'ready') serial.ports.onChange(() => void this.#lookBeside());
  }

  /** A job holds the port: nobody else gets it before its end. */
  get isBusy(): boolean {
    return this.#use !== null && this.#use.giveUp === null;
  }

  /** Opens the picker. True when a port was chosen. */
  async choosePort(): Promise<boolean> {
    const { serial } = app().environment;
    if (serial.kind === 'missing') return false;
    this.failure = null;
    this.isUnchosen = false;
    try {
      const outcome = await serial.ports.request();
      if (outcome.kind === 'done') await this.#change(outcome.value);
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
    const granted = await serial.ports.granted();
    const [only, ...others] = granted.filter((link) => laneOfPort(link) === null);
    if (!only || others.length > 0) return this.choosePort();
    await this.#change(only);
    return true;
  }

  /** The port of the board that was lost, once it is back, and not that of a board beside it. Throws serial.gone. */
  async regain(): Promise<SerialLink> {
    const lost = this.link;
    if (lost && !lost.gone.aborted) return lost;
    const links = await this.#granted();
    const isSame = ({ usb }: SerialLink): boolean =>
      usb?.vendorId === lost?.usb?.vendorId && usb?.productId === lost?.usb?.productId;
    const isFree = (link: SerialLink): boolean => !this.#beside.includes(link) && laneOfPort(link) === null;
    const found = links.find((link) => isSame(link) && isFree(link));
    if (!found) throw new AppError('serial.gone');
    this.link = found;
    return found;
  }

  /** Takes the port for one use; a console on it ends first. False when a job holds it, here or in a lane. */
  async claim(use: CableUse): Promise<boolean> {
    if (this.isBusy) return false;
    const lane = this.link && laneOfPort(this.link);
    if (lane !== null) {
      this.failure = new AppError('serial.used-in-lane', { details: { lane } });
      return false;
    }
    const earlier = this.#use;
    this.#use = use;
    await earlier?.giveUp?.();
    await this.#lookBeside();
    return true;
  }

  /** Call when the port is closed again. */
  release(use: CableUse): void {
    if (this.#use === use) this.#use = null;
  }

  /** Whether the port is about this device. */
  isAbout(project: Project, device: Device): boolean {
    return this.projectId === project.id && this.deviceId === device.id;
  }

  /** From now on the port is about this device: what another one said is not its. */
  turnTo(project: Project, device: Device): void {
    if (this.isAbout(project, device)) return;
    this.projectId = project.id;
    this.deviceId = device.id;
    for (const listener of this.#onTurn) listener();
  }

  /** Calls whenever the port turns to another device. */
  onTurn(listener: () => void): void {
    this.#onTurn.push(listener);
  }

  async #lookBeside(): Promise<void> {
    const links = await this.#granted();
    if (this.link && !this.link.gone.aborted) this.#beside = links.filter((link) => link !== this.link);
  }

  async #granted(): Promise<readonly SerialLink[]> {
    const { serial } = app().environment;
    return serial.kind === 'ready' ? serial.ports.granted() : [];
  }

  /** Another port: a console on the one before ends. */
  async #change(link: SerialLink): Promise<void> {
    if (this.link !== link) await this.#use?.giveUp?.();
    this.link = link;
  }
}

let current: CableState | null = null;

export const cable = (): CableState => (current ??= new CableState());
