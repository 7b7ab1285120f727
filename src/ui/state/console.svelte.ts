/** The console on a cable: listens at any rate, opens a lost line again by itself, sends lines, presses reset. */
import type { Sighting } from '../../commissioning/sighting.ts';
import { Reconnecting, type ReconnectState } from '../../console/reconnecting.ts';
import { SentHistory } from '../../console/sent-history.ts';
import type { SerialLink } from '../../ports/serial.ts';
import type { Project } from '../../project/entities.ts';
import { utf8 } from '../../shared/bytes.ts';
import { asAppError, AppError } from '../../shared/errors.ts';
import type { ConsoleFollower } from '../../workflows/follow-console.ts';
import { app } from './app.svelte.ts';
import { cable, type CableUse } from './cable.svelte.ts';
import { ConsoleScreen } from './console-screen.svelte.ts';

/** What a console hangs on: the one cable, or a board that only replays. */
export interface ConsolePort {
  readonly link: () => SerialLink | null;
  readonly deviceId: () => string | null;
  /** False when a job holds the port. */
  readonly claim: (use: CableUse) => Promise<boolean>;
  readonly release: (use: CableUse) => void;
  /** The same board again, after it was lost. Throws serial.gone. */
  readonly regain: () => Promise<SerialLink>;
  readonly onPlugged: (listener: () => void) => () => void;
  readonly asksForState: boolean;
}

/** From the restart, or from where listening began, to the first line a healthy device has said long ago. */
const silenceAfterMs = 10_000;

export class ConsoleState {
  readonly screen = new ConsoleScreen();
  readonly history = new SentHistory();
  /** Null: nobody listens, and nobody tries to. */
  connection = $state.raw<ReconnectState | null>(null);
  failure = $state.raw<AppError | null>(null);
  baudRate = $state(115_200);
  /** The board said no line of the firmware's in a time in which it should have. */
  isSilent = $state(false);
  #silence: ReturnType<typeof setTimeout> | undefined;
  #follower: ConsoleFollower | null = null;
  #reconnecting: Reconnecting | null = null;
  #lastError: AppError | null = null;
  #onSighting: (sighting: Sighting) => void = () => undefined;
  /** What opens the line just now. */
  #opening: Promise<unknown> = Promise.resolve();
  #deviceId: string | null = null;
  readonly #port: ConsolePort;
  readonly #use: CableUse = { giveUp: () => this.stop() };

  constructor(port: ConsolePort) {
    this.#port = port;
    port.onPlugged(() => this.#reconnecting?.tell({ kind: 'plugged' }));
  }

  get lines(): ConsoleScreen['lines'] {
    return this.screen.lines;
  }

  get isFollowing(): boolean {
    return this.connection?.kind === 'following';
  }

  get isReconnecting(): boolean {
    return this.connection?.kind === 'waiting' || this.connection?.kind === 'opening';
  }

  /** Listens to the board from now on; `onSighting` hears each step of its way up. */
  async follow(project: Project | null, onSighting: (sighting: Sighting) => void): Promise<void> {
    if (this.connection && this.#deviceId !== this.#port.deviceId()) await this.stop();
    this.#onSighting = onSighting;
    this.#deviceId = this.#port.deviceId();
    if (this.isReconnecting) return this.retry();
    const link = this.#port.link();
    if (!link || this.isFollowing || !(await this.#port.claim(this.#use))) return;
    this.failure = null;
    this.#opening = this.#begin(link, project);
    await this.#opening;
  }

  /** Tries to open a lost line at once. */
  async retry(): Promise<void> {
    const hasGivenUp = this.connection?.kind === 'gave-up';
    if (hasGivenUp && !(await this.#port.claim(this.#use))) return;
    this.failure = null;
    this.#reconnecting?.tell({ kind: 'retry' });
  }

  async stop(): Promise<void> {
    this.#reconnecting?.tell({ kind: 'stop' });
    this.#reconnecting = null;
    this.connection = null;
    this.#awaitNothing();
    await this.#opening;
    // What was opened meanwhile.
    this.#reconnecting = null;
    this.connection = null;
    const follower = this.#follower;
    this.#follower = null;
    await follower?.stop();
    this.#port.release(this.#use);
  }

  /** The line is closed and opened again at this rate, when it is open. */
  async listenAt(baudRate: number): Promise<void> {
    this.baudRate = baudRate;
    if (!this.isFollowing) return;
    this.#opening = this.#opening.then(() => this.#reopen());
    await this.#opening;
  }

  /** CR and LF are added. A line with a secret is not remembered for the arrow keys. */
  async sendLine(text: string): Promise<void> {
    if (this.screen.transcript.redact(text) === text) this.history.add(text);
    await this.#opening;
    await this.#follower?.send(text).catch((thrown: unknown) => (this.#lastError = asAppError(thrown)));
  }

  async reset(): Promise<void> {
    await this.#opening;
    this.#awaitWord();
    await this.#follower?.reset().catch((thrown: unknown) => (this.#lastError = asAppError(thrown)));
  }

  saveLog(): void {
    const name = `${this.#port.deviceId() ?? 'board'}-console.log`;
    app().environment.downloads.save(name, utf8(this.screen.transcript.toText()), 'text/plain');
  }

  /** What another device said is not this one's. */
  forget(): void {
    this.screen.begin();
    this.#awaitNothing();
  }

  /** Takes the project's secrets out of what is shown: those that are not locked away. */
  async learnSecrets(project: Project | null): Promise<void> {
    if (!project) return;
    const { secretsOf } = await import('../../workflows/follow-console.ts');
    this.screen.hide(await secretsOf(app().environment, project));
  }

  async #begin(link: SerialLink, project: Project | null): Promise<void> {
    try {
      await this.learnSecrets(project);
      await this.#open(link);
      this.#keepOpen();
    } catch (thrown) {
      this.#port.release(this.#use);
      this.failure = asAppError(thrown);
    }
  }

  async #open(link: SerialLink): Promise<void> {
    const { baudRate, screen } = this;
    const deviceId = this.#port.deviceId();
    const { followConsole } = await import('../../workflows/follow-console.ts');
    screen.hearAt(baudRate);
    this.#follower = await followConsole(app().environment, link, {
      baudRate,
      transcript: screen.transcript,
      asksForState: this.#port.asksForState,
      ...(deviceId === null ? {} : { expectedDeviceId: deviceId }),
      onLine: () => screen.noteLine(),
      onSighting: (sighting) => {
        this.#awaitNothing();
        this.#onSighting(sighting);
      },
      onEnd: (error) => this.#lost(error ?? new AppError('serial.gone')),
    });
    this.#awaitWord();
  }

  #keepOpen(): void {
    const reconnecting = new Reconnecting({
      clock: app().environment.clock,
      open: (signal) => {
        const opened = this.#openAgain(signal);
        this.#opening = opened.catch(() => undefined);
        return opened;
      },
      onState: (state) => this.#turned(state),
    });
    this.#reconnecting = reconnecting;
    this.connection = reconnecting.state;
  }

  #turned(state: ReconnectState): void {
    if (state.kind === 'stopped') return;
    this.connection = state;
    if (state.kind !== 'gave-up') return;
    this.failure = this.#lastError;
    this.#port.release(this.#use);
  }

  async #openAgain(signal: AbortSignal): Promise<void> {
    try {
      await this.#open(await this.#port.regain());
    } catch (thrown) {
      this.#lastError = asAppError(thrown);
      throw thrown;
    }
    if (!signal.aborted) return;
    const late = this.#follower;
    this.#follower = null;
    await late?.stop();
  }

  async #reopen(): Promise<void> {
    const [follower, link] = [this.#follower, this.#port.link()];
    if (!link || !follower) return;
    this.#follower = null;
    await follower.stop();
    if (!this.isFollowing) return;
    await this.#open(link).catch((thrown: unknown) => this.#lost(asAppError(thrown)));
  }

  #lost(error: AppError): void {
    this.#follower = null;
    this.#awaitNothing();
    this.#lastError = error;
    this.#reconnecting?.tell({ kind: 'lost', code: error.code });
  }

  #awaitWord(): void {
    this.#awaitNothing();
    this.#silence = setTimeout(() => (this.isSilent = true), silenceAfterMs);
  }

  #awaitNothing(): void {
    clearTimeout(this.#silence);
    this.isSilent = false;
  }
}

function cablePort(): ConsolePort {
  const { serial } = app().environment;
  return {
    link: () => cable().link,
    deviceId: () => cable().deviceId,
    claim: (use) => cable().claim(use),
    release: (use) => cable().release(use),
    regain: () => cable().regain(),
    onPlugged: (listener) =>
      serial.kind === 'ready'
        ? serial.ports.onChange((what) => what === 'plugged' && listener())
        : () => undefined,
    asksForState: true,
  };
}

function consoleOnTheCable(): ConsoleState {
  const state = new ConsoleState(cablePort());
  cable().onTurn(() => state.forget());
  // Keys that come later, and a changed Wi-Fi password, are secrets of what was said already.
  $effect.root(() => {
    const lockKind = $derived(app().vaultState.kind);
    $effect(() => {
      if (lockKind !== 'locked' && cable().projectId === app().project?.id)
        void state.learnSecrets(app().project).catch(() => undefined);
    });
  });
  return state;
}

let current: ConsoleState | null = null;

export const serialConsole = (): ConsoleState => (current ??= consoleOnTheCable());
