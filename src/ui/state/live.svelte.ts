/** The live session on the screens: its connection, the devices' present state, and commands with their lives. */
import type { LinkState } from '../../ports/broker-link.ts';
import type { Project } from '../../project/entities.ts';
import type { CommandBody, CommandName } from '../../contract/envelope.ts';
import { asAppError, type AppError } from '../../shared/errors.ts';
import type { DeviceLive } from '../../telemetry/device-live.ts';
import type { Sample } from '../../telemetry/history/sample.ts';
import type { LivePass } from '../../vault/live-pass.ts';
import type { BrokerForm } from '../../workflows/live-source.ts';
import type { LiveSession } from '../../workflows/open-live.ts';
import type { CommandState, WithCommandKey } from '../../workflows/send-command.ts';
import type { UnsignedCommand } from '../../workflows/send-unsigned.ts';
import { app } from './app.svelte.ts';
import { board } from './board.svelte.ts';
import type { HistoryScreen } from './history.svelte.ts';

export interface SentCommand {
  readonly number: number;
  readonly deviceId: string;
  readonly name: CommandName;
  readonly state: CommandState | { readonly kind: 'failed'; readonly error: AppError };
}

/** Which broker is looked at: the project's own, one kept with it, or one typed in for this tab. */
export type BrokerChoice =
  | { readonly kind: 'project' }
  | { readonly kind: 'kept'; readonly brokerId: string }
  | { readonly kind: 'typed'; readonly form: BrokerForm }
  /** What somebody was given for this computer: Live and nothing else. */
  | { readonly kind: 'pass'; readonly pass: LivePass };

interface GivenCommand {
  readonly project: Pick<Project, 'id'>;
  readonly deviceId: string;
  readonly name: CommandName;
  readonly args: CommandBody['a'];
}

const keptCommands = 20;
/** Readings that wait while the history is being opened, which takes a moment, or never ends. */
const mostEarly = 5_000;

/** With more devices than this a drawing in every frame is work that nobody sees. */
const manyDevices = 60;
const drawEveryMs = 100;

export class LiveState {
  link = $state.raw<LinkState>({ kind: 'closed' });
  devices = $state.raw<Readonly<Partial<Record<string, DeviceLive>>>>({});
  /** Of every device heard, in the order of their names; the project's own first. */
  ids = $state.raw<readonly string[]>([]);
  commands = $state.raw<readonly SentCommand[]>([]);
  choice = $state.raw<BrokerChoice>({ kind: 'project' });
  failure = $state.raw<AppError | null>(null);
  /** What the session connects to, or did last. */
  url = $state<string | null>(null);
  /** Counts changes: charts draw anew when it moves. */
  revision = $state(0);
  session: LiveSession | null = null;
  projectId = $state<string | null>(null);
  #nextNumber = 1;
  #isDrawing = false;
  #isStale = false;
  #isLeft = false;
  /** Whose connection the doctor was told of: once for each that was opened. */
  #rememberedId: string | null = null;
  #kept: HistoryScreen | null = null;
  /** What arrives while the history is being opened. */
  #early: Sample[] = [];

  get isOpen(): boolean {
    return this.link.kind !== 'closed';
  }

  /** Null without a project: then only a broker that was typed in can be looked at. */
  async open(project: Project | null): Promise<void> {
    if (this.projectId === (project?.id ?? '') && this.session) return;
    await this.close();
    this.#isLeft = false;
    this.failure = null;
    this.link = { kind: 'connecting' };
    try {
      const [{ openLiveSource }, { sourceOf }] = await Promise.all([
        import('../../workflows/open-live.ts'),
        import('./live-choice.ts'),
      ]);
      const { environment } = app();
      const source = await sourceOf(environment, project, this.choice);
      this.url = source.url;
      this.session = await openLiveSource(environment, source, {
        onSighting: (sighting) => board().take(sighting),
        onSamples: (samples) => this.#take(samples),
      });
      this.projectId = project?.id ?? '';
      void this.#keep(this.projectId);
      this.session.subscribe(() => this.#drawSoon());
      this.#draw();
    } catch (thrown) {
      this.link = { kind: 'closed' };
      this.failure = asAppError(thrown);
    }
  }

  /** Another broker than before; connects to it. */
  async choose(project: Project | null, choice: BrokerChoice): Promise<void> {
    await this.close();
    this.choice = choice;
    await this.open(project);
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
    this.ids = [];
    this.commands = [];
    this.revision += 1;
    await Promise.all([session?.close(), this.#kept?.pause()]);
  }

  #take(samples: readonly Sample[]): void {
    if (this.#kept) this.#kept.take(samples);
    else if (this.#early.length < mostEarly) this.#early.push(...samples);
  }

  /** Readings are kept while the page is connected; that they cannot be kept never ends the connection. */
  async #keep(projectId: string): Promise<void> {
    try {
      const { history } = await import('./history.svelte.ts');
      await history().open(projectId);
      this.#kept = history();
      if (this.projectId !== projectId) return;
      this.#kept.record();
      this.#kept.connected(this.link.kind === 'connected');
      this.#kept.take(this.#early.splice(0));
    } catch (thrown) {
      this.failure = asAppError(thrown);
    }
  }

  async send(project: Project, deviceId: string, name: CommandName, args: CommandBody['a']): Promise<void> {
    const { commandKeysOf } = await import('../../workflows/send-command.ts');
    await this.#sendWith(commandKeysOf(app().environment, project), { project, deviceId, name, args });
  }

  /** With a key of the pass that is open. */
  async sendByPass(
    pass: LivePass,
    deviceId: string,
    name: CommandName,
    args: CommandBody['a'],
  ): Promise<void> {
    const { passKeys } = await import('../../workflows/live-pass.ts');
    await this.#sendWith(passKeys(pass), { project: pass.project, deviceId, name, args });
  }

  async #sendWith(withCommandKey: WithCommandKey, given: GivenCommand): Promise<void> {
    const { project, deviceId, name, args } = given;
    const live = this.session;
    if (!live) return;
    const number = this.#nextNumber++;
    const show = (state: SentCommand['state']): void => this.#show({ number, deviceId, name, state });
    show({ kind: 'sent' });
    try {
      const { sendCommand } = await import('../../workflows/send-command.ts');
      await sendCommand({ clock: app().environment.clock, live, withCommandKey }, project, deviceId, {
        name,
        arguments: args,
        onState: show,
      });
    } catch (thrown) {
      show({ kind: 'failed', error: asAppError(thrown) });
    }
  }

  async sendUnsigned(project: Project, deviceId: string, command: UnsignedCommand): Promise<void> {
    const live = this.session;
    if (!live) return;
    const number = this.#nextNumber++;
    const { name } = command;
    try {
      const { sendUnsigned } = await import('../../workflows/send-unsigned.ts');
      const env = { clock: app().environment.clock, live, project };
      await sendUnsigned(env, command, (state) => this.#show({ number, deviceId, name, state }));
    } catch (thrown) {
      this.#show({ number, deviceId, name, state: { kind: 'failed', error: asAppError(thrown) } });
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
    this.#isStale = true;
    if (this.#isDrawing) return;
    this.#isDrawing = true;
    requestAnimationFrame(() => {
      this.#draw();
      if (this.ids.length <= manyDevices) this.#isDrawing = false;
      else setTimeout(() => this.#drawAgain(), drawEveryMs);
    });
  }

  /** What came while nothing was drawn. */
  #drawAgain(): void {
    this.#isDrawing = false;
    if (this.#isStale) this.#drawSoon();
  }

  #draw(): void {
    this.#isStale = false;
    if (!this.session) return;
    if (this.link.kind !== this.session.state.kind)
      this.#kept?.connected(this.session.state.kind === 'connected');
    this.link = this.session.state;
    this.devices = Object.fromEntries(this.session.devices);
    if (this.session.devices.size !== this.ids.length) this.ids = sortedIds(this.session);
    this.#markSteps(this.session);
    this.revision += 1;
  }

  /** Only the project's own broker and devices prove anything about the project. */
  #markSteps(session: LiveSession): void {
    if (this.choice.kind !== 'project' || this.projectId === '') return;
    if (this.link.kind === 'connected') this.#noteConnected();
    if (app().marks.includes('live')) return;
    const isHeard = this.ids.some(
      (id) => !id.startsWith('~') && session.devices.get(id)?.readings['temperature'],
    );
    if (isHeard) app().mark('live');
  }
}

function sortedIds(session: LiveSession): string[] {
  const compare = new Intl.Collator('en', { numeric: true }).compare;
  const rank = (id: string): string => (id.startsWith('~') ? `1 ${session.nameOf(id)}` : `0 ${id}`);
  return [...session.devices.keys()]
    .map((id) => [rank(id), id] as const)
    .sort(([a], [b]) => compare(a, b))
    .map(([, id]) => id);
}

let current: LiveState | null = null;

export const live = (): LiveState => (current ??= new LiveState());
