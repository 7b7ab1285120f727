/** FlashSession over esptool-js and the running flasher stub. Knows blocks and commands, not what is written or why. */
import type { ESPLoader } from 'esptool-js';
import type { ChipFacts, WireRegion, FlashSession } from '../../ports/bootloader.ts';
import type { SerialLink } from '../../ports/serial.ts';
import type { Clock } from '../../shared/clock.ts';
import { AppError } from '../../shared/errors.ts';
import { md5Hex } from '../../shared/md5.ts';
import { cancelled, done, type Outcome, type RunOptions } from '../../shared/outcome.ts';
import { SizeOnFlash } from './size-on-flash.ts';
import { loaderStep } from './loader-errors.ts';
import { resetIntoProgram } from './reset-sequences.ts';
import { beginWrite, endWrite, eraseRegion, flashMd5, readRange, sendBlock } from './stub-commands.ts';
import { blocksOf } from './write-blocks.ts';

/** A slow flash takes 400 ms for a sector of 4 KB, where 45 ms is usual. */
const SLOWEST_FLASH_MS_PER_BYTE = 0.1;
/** A reply that takes longer than this at idle never comes. */
const REPLY_TIMEOUT_MS = 3000;
const READ_FRAME_TIMEOUT_MS = 3000;

interface SessionParts {
  readonly loader: ESPLoader;
  readonly link: SerialLink;
  readonly clock: Clock;
  readonly chip: ChipFacts;
  readonly baudRate: number;
}

export class EsptoolSession implements FlashSession {
  readonly chip: ChipFacts;
  readonly baudRate: number;
  readonly #loader: ESPLoader;
  readonly #link: SerialLink;
  readonly #clock: Clock;
  #left: Promise<void> | null = null;

  constructor({ loader, link, clock, chip, baudRate }: SessionParts) {
    this.chip = chip;
    this.baudRate = baudRate;
    this.#loader = loader;
    this.#link = link;
    this.#clock = clock;
  }

  md5(offset: number, sizeBytes: number, { timeoutMs }: RunOptions): Promise<string> {
    return loaderStep(`checking ${hex(offset)}`, () =>
      flashMd5(this.#loader, { offset, sizeBytes }, timeoutMs),
    );
  }

  erase(offset: number, sizeBytes: number, { timeoutMs }: RunOptions): Promise<void> {
    return loaderStep(`erasing ${hex(offset)}`, () =>
      eraseRegion(this.#loader, { offset, sizeBytes }, timeoutMs),
    );
  }

  write(region: WireRegion, options: RunOptions): Promise<Outcome<void>> {
    return loaderStep(`writing ${hex(region.offset)}`, () => this.#write(region, options));
  }

  async read(offset: number, sizeBytes: number, options: RunOptions): Promise<Uint8Array> {
    const report = (received: number): void =>
      options.onProgress?.({ phase: 'read', done: received, total: sizeBytes, unit: 'bytes' });
    const { bytes, md5 } = await loaderStep(`reading ${hex(offset)}`, () =>
      readRange(
        this.#loader,
        { offset, sizeBytes },
        { frameTimeoutMs: READ_FRAME_TIMEOUT_MS, onBytes: report },
      ),
    );
    const found = md5Hex(bytes);
    if (found !== md5) {
      // The line, not the flash: the chip's own digest is another.
      const details = { step: `reading ${hex(offset)}`, why: 'bytes arrived changed' };
      throw new AppError('flash.command-failed', { details });
    }
    return bytes;
  }

  leave(): Promise<void> {
    this.#left ??= this.#leave();
    return this.#left;
  }

  async #leave(): Promise<void> {
    try {
      if (!this.#link.gone.aborted) await resetIntoProgram(this.#link, this.#clock);
    } finally {
      await this.#loader.transport.disconnect();
    }
  }

  /** The stub acknowledges a block when it has it and programs it while the next one arrives. */
  async #write(region: WireRegion, { signal, onProgress }: RunOptions): Promise<Outcome<void>> {
    const { encoding, sizeBytes } = region;
    const blocks = blocksOf(region.payload, this.#loader.FLASH_WRITE_SIZE);
    const onFlashSize = new SizeOnFlash(encoding);
    let onFlash = 0;
    let pending = 0;
    const report = (): void =>
      onProgress?.({ phase: 'write', done: onFlash, total: sizeBytes, unit: 'bytes' });

    await beginWrite(this.#loader, region, blocks.length);
    for (const [index, bytes] of blocks.entries()) {
      if (signal.aborted) return cancelled;
      await sendBlock(this.#loader, { bytes, index, encoding }, flashTimeoutMs(pending));
      onFlash += pending;
      pending = onFlashSize.push(bytes, index === blocks.length - 1);
      report();
    }
    await endWrite(this.#loader, encoding, flashTimeoutMs(pending));
    onFlash = sizeBytes;
    report();
    return done(undefined);
  }
}

const hex = (offset: number): string => `0x${offset.toString(16)}`;

const flashTimeoutMs = (bytes: number): number =>
  Math.round(REPLY_TIMEOUT_MS + bytes * SLOWEST_FLASH_MS_PER_BYTE);
