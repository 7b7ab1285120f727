/** The live session on the screens: its connection, the devices' present state, and commands with their lives. */
import type { LinkState } from '../../ports/broker-link.ts';
import type { Project } from '../../project/entities.ts';
import type { CommandBody, CommandName } from '../../contract/envelope.ts';
import { asAppError, type AppError } from '../../shared/errors.ts';
import type { DeviceLive } from '../../telemetry/device-live.ts';
import type { LiveSession } from '../../workflows/open-live.ts';
import type { CommandState } from '../../workflows/send-command.ts';
import { app } from './app.svelte.ts';
import { board } from './board.svelte.ts';

export interface SentCommand {
  readonly number: number;
  readonly deviceId: string;
  readonly name: CommandName;
  readonly state: CommandState | { readonly kind: 'failed'; readonly error: AppError };
}

const keptCommands = 20;

export class LiveState {
  link = $state.raw<LinkState>({ kind: 'closed' });
  devices = $state.raw<Readonly<Partial<Record<string, DeviceLive>>>>({});
  commands = $state.raw<readonly SentCommand[]>([]);
  failure = $state.raw<AppError | null>(null);
  /** Counts changes: charts draw anew when it moves. */
  revision = $state(0);
  session: LiveSession | null = null;
  projectId = $state<string | null>(null);
  #nextNumber = 1;
  #isDrawing = false;
  #isLeft = false;
  /** Whose connection the doctor was told of: once for each that was opened. */
  #rememberedId: string | null = null;

  get isOpen(): boolean {
    return this.link.kind !== 'closed';
  }

  async open(project: Project): Promise<void> {
    if (this.projectId === project.id && this.session) return;
    await this.close();
    this.#isLeft = false;
    this.failure = null;
    this.link = { kind: 'connecting' };
    try {
      const { openLive } = await import('../../workflows/open-live.ts');
      this.session = await openLive(app().environment, project, {
        onSighting: (sighting) => board().take(sighting),
      });
      this.projectId = project.id;
      this.session.subscribe(() => this.#drawSoon());
      this.#draw();
    } catch (thrown) {
      this.link = { kind: 'closed' };
      this.failure = asAppError(thrown);
    }
  }

  /** Opens by itself when a place is shown that needs it, unless the person disconnected. */
  async openUnlessLeft(project: Project): Promise<void> {
    if (!this.#isLeft && app().vaultState.kind !== 'locked') await this.open(project);
  }

  async leave(): Promise<void> {
    this.#isLeft = true;
    await this.close();
  }

  async close(): Promise<void> {
    const { session } = this;
    this.session = null;
    this.projectId = null;
    this.#rememberedId = null;
    this.link = { kind: 'closed' };
    this.devices = {};
    this.commands = [];
    this.revision += 1;
    await session?.close();
  }

  async send(project: Project, deviceId: string, name: CommandName, args: CommandBody['a']): Promise<void> {
    const live = this.session;
    if (!live) return;
    const number = this.#nextNumber++;
    const show = (state: SentCommand['state']): void => this.#show({ number, deviceId, name, state });
    show({ kind: 'sent' });
    try {
      const { commandKeysOf, sendCommand } = await import('../../workflows/send-command.ts');
      const { environment } = app();
      const withCommandKey = commandKeysOf(environment, project);
      await sendCommand({ clock: environment.clock, live, withCommandKey }, project, deviceId, {
        name,
        arguments: args,
        onState: show,
      });
    } catch (thrown) {
      show({ kind: 'failed', error: asAppError(thrown) });
    }
  }

  #show(command: SentCommand): void {
    const others = this.commands.filter((known) => known.number !== command.number);
    this.commands = [command, ...others].sort((a, b) => b.number - a.number).slice(0, keptCommands);
  }

  #noteConnected(): void {
    const { project, environment } = app();
    app().mark('broker', 'browser');
    if (this.#rememberedId === this.projectId || project?.id !== this.projectId) return;
    this.#rememberedId = this.projectId;
    void import('../../workflows/last-connection.ts').then(({ rememberConnection }) =>
      rememberConnection(environment, project),
    );
  }

  /** Many messages, one drawing a frame. */
  #drawSoon(): void {
    if (this.#isDrawing) return;
    this.#isDrawing = true;
    requestAnimationFrame(() => {
      this.#isDrawing = false;
      this.#draw();
    });
  }

  #draw(): void {
    if (!this.session) return;
    this.link = this.session.state;
    this.devices = Object.fromEntries(this.session.devices);
    if (this.link.kind === 'connected') this.#noteConnected();
    if ([...this.session.devices.values()].some((device) => device.readings['temperature']))
      app().mark('live');
    this.revision += 1;
  }
}

let current: LiveState | null = null;

export const live = (): LiveState => (current ??= new LiveState());
