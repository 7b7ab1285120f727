/**
 * Listens to a board on its serial line: redacted lines for the console, sightings for the checklist, readings. Opens the
 * port and gives it back; knows nothing of flashing.
 */
import {
  newSerialContext,
  sightingsFromBootLine,
  type SerialContext,
  type Sighting,
} from '../commissioning/sighting.ts';
import { SerialLines, type SerialLine } from '../console/serial-lines.ts';
import { Transcript, type TranscriptLine } from '../console/transcript.ts';
import { parseBootLine } from '../contract/boot-lines.ts';
import { everyNetwork } from '../project/networks.ts';
import type { Project } from '../project/entities.ts';
import type { SerialLink } from '../ports/serial.ts';
import { utf8 } from '../shared/bytes.ts';
import type { Clock } from '../shared/clock.ts';
import { AppError, asAppError } from '../shared/errors.ts';
import { keptLines } from './console-limits.ts';
import { openSecretText, type SecretEnvironment } from './open-secret.ts';

export interface ConsoleEnvironment {
  readonly clock: Clock;
}

export interface ConsoleOptions {
  readonly baudRate: number;
  /** The device that was just flashed: its name stands before the board says its own. */
  readonly expectedDeviceId?: string;
  /** Texts that must not be shown, see {@link secretsOf}. */
  readonly secrets?: readonly string[];
  /** Lines are added to this one, when the line was followed before; else a new one begins. */
  readonly transcript?: Transcript;
  /** False: the board is not asked for its state, whatever it leaves untold. */
  readonly asksForState?: boolean;
  readonly onLine: (line: TranscriptLine) => void;
  readonly onSighting: (sighting: Sighting) => void;
  /** Once, when the line ends by itself: serial.gone, serial.failed. Not after `stop` or an aborted `signal`. */
  readonly onEnd?: (error: AppError | null) => void;
  readonly signal?: AbortSignal;
}

export interface ConsoleFollower {
  /** Everything kept of this line so far. */
  readonly transcript: Transcript;
  /** Sends a line; the line end is added. Gives the line as it is kept. Throws serial.gone, serial.failed. */
  send(text: string): Promise<TranscriptLine>;
  /** Presses the board's reset over the control lines. Throws serial.gone, serial.failed. */
  reset(): Promise<void>;
  /** Stops listening and closes the port. */
  stop(): Promise<void>;
}

/** The rates that the firmware can be set to: at another, nobody understands the question. */
const firmwareBaudRates = [74_880, 115_200];
/** After this much reading in one go everybody else has a turn. */
const sliceMs = 8;
/** Waiting this long for bytes was a turn for everybody. */
const pauseMs = 2;
/** A board whose present start is not known by then is asked for its state: its first lines may have been missed. */
const askAfterMs = 1_500;
const resetPulseMs = 100;

/** Throws serial.port-busy, serial.already-open, serial.gone, serial.failed. */
export async function followConsole(
  env: ConsoleEnvironment,
  link: SerialLink,
  options: ConsoleOptions,
): Promise<ConsoleFollower> {
  await link.open(options.baudRate);
  const follower = new SerialFollower(env.clock, link, options);
  follower.start();
  return follower;
}

class SerialFollower implements ConsoleFollower {
  readonly transcript: Transcript;
  readonly #clock: Clock;
  readonly #link: SerialLink;
  readonly #options: ConsoleOptions;
  readonly #lines = new SerialLines();
  readonly #stopping = new AbortController();
  /** Aborted once the start's nonce is known, or nothing more can come. */
  readonly #startKnown = new AbortController();
  #reader: ReadableStreamDefaultReader<Uint8Array> | null = null;
  #context: SerialContext;
  #sliceStartMs = 0;
  #finished: Promise<void> = Promise.resolve();

  constructor(clock: Clock, link: SerialLink, options: ConsoleOptions) {
    const secrets = options.secrets ?? [];
    this.#clock = clock;
    this.#link = link;
    this.#options = options;
    this.#context = newSerialContext(options.expectedDeviceId);
    this.transcript = options.transcript ?? new Transcript({ maxLines: keptLines, secrets });
    this.transcript.hide(secrets);
  }

  start(): void {
    const stop = (): void => void this.stop();
    this.#options.signal?.addEventListener('abort', stop, { once: true });
    if (this.#options.signal?.aborted) stop();
    this.#finished = this.#follow().finally(() => this.#options.signal?.removeEventListener('abort', stop));
    void this.#askForState();
  }

  async send(text: string): Promise<TranscriptLine> {
    const line = this.transcript.add({ atMs: this.#clock.nowMs(), text, direction: 'out' });
    this.#options.onLine(line);
    await this.#link.write(utf8(`${text}\r\n`));
    return line;
  }

  async reset(): Promise<void> {
    await this.#link.setSignals({ dtr: false });
    await this.#link.setSignals({ rts: true });
    await this.#clock.sleep(resetPulseMs, this.#link.gone);
    await this.#link.setSignals({ rts: false });
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#reader?.cancel().catch(() => undefined);
    await this.#finished;
  }

  async #follow(): Promise<void> {
    let error: AppError | null = null;
    try {
      await this.#readAll();
    } catch (thrown) {
      error = asAppError(thrown);
    }
    this.#startKnown.abort();
    for (const line of this.#lines.end()) this.#take(line);
    await this.#link.close().catch((thrown: unknown) => {
      error ??= asAppError(thrown);
    });
    if (this.#stopping.signal.aborted) return;
    if (this.#link.gone.aborted) error = new AppError('serial.gone', { cause: error });
    this.#options.onEnd?.(error);
  }

  async #readAll(): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    const reader = this.#link.input.getReader();
    this.#reader = reader;
    try {
      for (;;) {
        const askedMs = this.#clock.monotonicMs();
        const { done, value } = await reader.read();
        if (done) return;
        if (this.#clock.monotonicMs() - askedMs > pauseMs) this.#sliceStartMs = this.#clock.monotonicMs();
        for (const line of this.#lines.push(value)) {
          await this.#giveWay();
          this.#take(line);
        }
      }
    } finally {
      this.#reader = null;
      reader.releaseLock();
    }
  }

  /** A burst comes in one go, without a turn for anybody in between: the page would stand still meanwhile. */
  async #giveWay(): Promise<void> {
    if (this.#clock.monotonicMs() - this.#sliceStartMs < sliceMs) return;
    await this.#clock.sleep(0, this.#stopping.signal);
    this.#sliceStartMs = this.#clock.monotonicMs();
  }

  #take(line: SerialLine): void {
    const atMs = this.#clock.nowMs();
    this.#options.onLine(this.transcript.add({ atMs, ...line }));
    const boot = parseBootLine(line.text);
    if (!boot) return;
    const { sightings, context } = sightingsFromBootLine(boot, this.#context, atMs);
    this.#context = context;
    if (context.bootNonce !== null) this.#startKnown.abort();
    for (const sighting of sightings)
      this.#options.onSighting({ ...sighting, fields: this.#clean(sighting) });
  }

  #clean(sighting: Sighting): Sighting['fields'] {
    return Object.fromEntries(
      Object.entries(sighting.fields).map(([name, value]) => [name, this.transcript.redact(value)]),
    );
  }

  async #askForState(): Promise<void> {
    const { asksForState = true, baudRate } = this.#options;
    if (!asksForState || !firmwareBaudRates.includes(baudRate)) return;
    await this.#clock.sleep(askAfterMs, this.#startKnown.signal);
    if (this.#startKnown.signal.aborted || this.#stopping.signal.aborted) return;
    await this.send('info').catch(() => undefined);
  }
}

/** The project's texts that a board might print. What the vault keeps locked is left out: nobody can look for it. */
export async function secretsOf(env: SecretEnvironment, project: Project): Promise<string[]> {
  const records = [
    ...everyNetwork(project).map((network) => network.pskRecord),
    project.broker.dashboardPasswordRecord,
    ...project.broker.access.users.map(({ passwordRecord }) => passwordRecord),
    ...(project.broker.hosted?.login ? [project.broker.hosted.login.passwordRecord] : []),
  ];
  const texts = records.map((record) => openSecretText(env, project.id, record).catch(lockedAsNull));
  return (await Promise.all(texts)).filter((text) => text !== null);
}

function lockedAsNull(thrown: unknown): null {
  if (asAppError(thrown).code === 'vault.locked') return null;
  throw thrown;
}
