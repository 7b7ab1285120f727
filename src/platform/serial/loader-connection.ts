/**
 * One way from a closed port to a running stub: reset sequences, SYNC, stub upload, one baud raise, falling back. Owns
 * everything esptool-js gets wrong while connecting to an ESP8266.
 */
import { ESPLoader } from 'esptool-js';
import { baudRates } from '../../flash/baud-rates.ts';
import type { FlashSession } from '../../ports/bootloader.ts';
import type { SerialLink } from '../../ports/serial.ts';
import { concatBytes } from '../../shared/bytes.ts';
import type { Clock } from '../../shared/clock.ts';
import { AppError } from '../../shared/errors.ts';
import type { RunOptions } from '../../shared/outcome.ts';
import { ESP8266_MAGIC, esp8266Rom, otherChipFacts, readChipFacts, readChipMagic } from './chip-facts.ts';
import { EsptoolSession } from './esptool-session.ts';
import { LinkTransport } from './link-transport.ts';
import { isPortError } from './loader-errors.ts';
import { resetIntoLoader, resetSequences } from './reset-sequences.ts';
import { announceBaudRate, probeLine } from './stub-commands.ts';

/** The rate at which ROM and stub upload are spoken to; the ROM measures it from the first SYNC. */
export const ROM_BAUD_RATE = 115_200;
const SYNCS_A_RESET = 5;
const STUB_STARTS = 2;
const PROBE_TIMEOUT_MS = 300;
const PROBE_READS = 3;
/** The stub finishes its reply and changes its UART's divider. */
const BAUD_SETTLE_MS = 25;

const quiet = { clean: () => undefined, write: () => undefined, writeLine: () => undefined };

interface Started {
  readonly loader: ESPLoader;
  /** The chip's magic word. */
  readonly magic: number;
}

export type ConnectOptions = RunOptions & { readonly baudRate: number };

/** One way from a closed port to a running stub; `null` from a step means cancelled. */
export class LoaderConnection {
  readonly #link: SerialLink;
  readonly #clock: Clock;
  readonly #options: ConnectOptions;
  readonly #transport: LinkTransport;
  readonly #deadlineMs: number;
  /** The sequence to begin with: after a fallback the one that worked. */
  #sequence = 0;

  constructor(link: SerialLink, clock: Clock, options: ConnectOptions) {
    this.#link = link;
    this.#clock = clock;
    this.#options = options;
    this.#transport = new LinkTransport(link, clock);
    this.#deadlineMs = clock.monotonicMs() + options.timeoutMs;
  }

  /**
   * The ROM measures the first SYNC at the wanted speed already: no raise, and the stub arrives four times sooner. Null
   * when the board does not follow; `enter` is the way that always works.
   */
  async enterAtOnce(): Promise<FlashSession | null> {
    const { baudRate, signal, onProgress } = this.#options;
    const [sequence] = resetSequences;
    if (!sequence || signal.aborted) return null;
    await this.#transport.connect(baudRate);
    onProgress?.({ phase: 'connect', done: 1, total: resetSequences.length, unit: 'steps' });
    try {
      await resetIntoLoader(this.#link, sequence, this.#clock);
      const loader = newLoader(this.#transport, baudRate);
      if (await this.#synced(loader)) return await this.#stubAtOnce(loader, baudRate);
    } catch (thrown) {
      if (isPortError(thrown)) throw thrown;
    }
    await this.#transport.disconnect();
    return null;
  }

  async enter(): Promise<FlashSession | null> {
    for (const baudRate of ratesFrom(this.#options.baudRate)) {
      const started = await this.#startStub(Math.min(baudRate, ROM_BAUD_RATE));
      if (!started) return null;
      const { loader, magic } = started;
      if (magic !== ESP8266_MAGIC) return this.#refusableSession(loader, magic);
      const session = await this.#sessionAt(loader, baudRate);
      if (session) return session;
      await this.#transport.disconnect();
    }
    throw new AppError('flash.loader-failed', { details: { why: 'the line is bad at every speed' } });
  }

  /** Closes the port whatever state it is in. */
  async giveUp(): Promise<void> {
    await this.#transport.disconnect().catch(() => undefined);
  }

  async #stubAtOnce(loader: ESPLoader, baudRate: number): Promise<FlashSession> {
    const magic = await readChipMagic(loader, PROBE_TIMEOUT_MS);
    // Another chip, or a bad line: the slow way tells which.
    if (magic !== ESP8266_MAGIC) throw new Error('not the expected magic');
    loader.chip = esp8266Rom();
    await loader.runStub();
    await this.#probe(loader);
    const chip = await readChipFacts(loader, esp8266Rom());
    return new EsptoolSession({ loader, link: this.#link, clock: this.#clock, chip, baudRate });
  }

  /** A loader whose stub runs, unless another chip answered. A lost reply costs one more start. */
  async #startStub(baudRate: number): Promise<Started | null> {
    await this.#transport.connect(baudRate);
    let failure: unknown = null;
    for (let start = 0; start < STUB_STARTS; start += 1) {
      const loader = await this.#reachRom(baudRate);
      if (!loader) return null;
      try {
        const magic = await readChipMagic(loader, PROBE_TIMEOUT_MS);
        if (magic === ESP8266_MAGIC) {
          loader.chip = esp8266Rom();
          await loader.runStub();
        }
        return { loader, magic };
      } catch (thrown) {
        if (isPortError(thrown)) throw thrown;
        failure = thrown;
      }
    }
    const why = failure instanceof Error ? failure.message : 'unknown';
    throw new AppError('flash.loader-failed', { cause: failure, details: { why } });
  }

  async #reachRom(baudRate: number): Promise<ESPLoader | null> {
    const { signal, onProgress } = this.#options;
    const total = resetSequences.length;
    for (let attempt = 1; attempt <= total; attempt += 1) {
      const sequence = resetSequences[this.#sequence % total];
      if (!sequence || signal.aborted) return null;
      if (this.#clock.monotonicMs() > this.#deadlineMs) break;
      onProgress?.({ phase: 'connect', done: attempt, total, unit: 'steps' });
      await resetIntoLoader(this.#link, sequence, this.#clock);
      const loader = newLoader(this.#transport, baudRate);
      if (await this.#synced(loader)) return loader;
      this.#sequence += 1;
    }
    if (signal.aborted) return null;
    throw new AppError('flash.no-answer', { details: { tried: total } });
  }

  /** The ROM measures its baud rate with the first SYNC and does not answer it: a second follows at once. */
  async #synced(loader: ESPLoader): Promise<boolean> {
    await loader.transport.write(measuredSync);
    for (let round = 0; round < SYNCS_A_RESET; round += 1) {
      if (this.#options.signal.aborted) return false;
      try {
        await loader.sync();
        return true;
      } catch (thrown) {
        if (isPortError(thrown)) throw thrown;
      }
    }
    return false;
  }

  /**
   * The facts are read before the raise: a reply carries no checksum, and a wrong flash size must not come of a bad line.
   * Null when the line is bad at this rate.
   */
  async #sessionAt(loader: ESPLoader, baudRate: number): Promise<FlashSession | null> {
    try {
      const chip = await readChipFacts(loader, esp8266Rom());
      if (baudRate > ROM_BAUD_RATE) await this.#raise(loader, baudRate);
      return new EsptoolSession({ loader, link: this.#link, clock: this.#clock, chip, baudRate });
    } catch (thrown) {
      if (isPortError(thrown)) throw thrown;
      return null;
    }
  }

  /** One raise only: library and stub lose each other at a second one. Throws when the line is bad there. */
  async #raise(loader: ESPLoader, baudRate: number): Promise<void> {
    await announceBaudRate(loader, ROM_BAUD_RATE, baudRate);
    await this.#transport.disconnect();
    await this.#transport.connect(baudRate);
    await this.#clock.sleep(BAUD_SETTLE_MS, this.#link.gone);
    await this.#probe(loader);
  }

  /** Replies carry no checksum: the line is tried before anything is believed. */
  async #probe(loader: ESPLoader): Promise<void> {
    for (let read = 0; read < PROBE_READS; read += 1) {
      const magic = await readChipMagic(loader, PROBE_TIMEOUT_MS);
      if (magic !== ESP8266_MAGIC) throw new Error('the line is bad');
    }
    await probeLine(loader, PROBE_TIMEOUT_MS);
  }

  /** Another chip: its facts are enough for a refusal. */
  #refusableSession(loader: ESPLoader, magic: number): FlashSession {
    const chip = otherChipFacts(magic);
    return new EsptoolSession({
      loader,
      link: this.#link,
      clock: this.#clock,
      chip,
      baudRate: ROM_BAUD_RATE,
    });
  }
}

/** A whole SYNC request: direction, opcode, size, no checksum, and its 36 bytes. */
const measuredSync = concatBytes([
  Uint8Array.of(0x00, 0x08, 36, 0, 0, 0, 0, 0, 0x07, 0x07, 0x12, 0x20),
  new Uint8Array(32).fill(0x55),
]);

const ratesFrom = (wanted: number): readonly number[] => [
  wanted,
  ...baudRates.filter((rate) => rate < wanted),
];

const newLoader = (transport: LinkTransport, baudrate: number): ESPLoader =>
  new ESPLoader({ transport, baudrate, romBaudrate: baudrate, terminal: quiet });
