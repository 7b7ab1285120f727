/**
 * A board's file system read over its boot loader, no more of it than is needed. The parsers of littlefs/ read
 * synchronously: bytes that are not here yet end their run, are fetched, and they run again. Knows no file's meaning.
 */
import { SECTOR_BYTES } from '../flash/flash-request.ts';
import type { ImageSource } from '../littlefs/types.ts';
import type { FlashSession } from '../ports/bootloader.ts';
import { md5Hex } from '../shared/md5.ts';
import { cancelled, done, type Outcome, type RunOptions } from '../shared/outcome.ts';

const CHUNK_BYTES = 1024;
const STEP_TIMEOUT_MS = 8000;
/** More than the parsers need for any image that they accept; a damaged one never gets there. */
const ROUNDS_MAX = 20_000;

class Missing extends Error {
  readonly firstChunk: number;
  readonly chunkCount: number;

  constructor(firstChunk: number, chunkCount: number) {
    super('bytes that are not here yet');
    this.firstChunk = firstChunk;
    this.chunkCount = chunkCount;
  }
}

/** The flash from `offset` on, for `sizeBytes`. */
export interface FlashRange {
  readonly offset: number;
  readonly sizeBytes: number;
}

export class BoardReader {
  /** For the functions given to `parse` only. */
  readonly source: ImageSource;
  readonly #session: FlashSession;
  readonly #range: FlashRange;
  readonly #options: RunOptions;
  readonly #chunks = new Map<number, Uint8Array>();
  #fetchedBytes = 0;

  constructor(session: FlashSession, range: FlashRange, options: RunOptions) {
    this.#session = session;
    this.#range = range;
    this.#options = options;
    this.source = { read: (offset, sizeBytes) => this.#read(offset, sizeBytes) };
  }

  /** Runs a synchronous parser until it has all it reads. Throws what it throws, flash.* and serial.*. */
  async parse<T>(parser: (source: ImageSource) => T): Promise<Outcome<T>> {
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      if (this.#options.signal.aborted) return cancelled;
      try {
        return done(parser(this.source));
      } catch (thrown) {
        if (!(thrown instanceof Missing)) throw thrown;
        await this.#fetch(thrown);
      }
    }
    throw new RangeError('a parser reads on and on');
  }

  #read(offset: number, wantedBytes: number): Uint8Array {
    const sizeBytes = Math.max(0, Math.min(wantedBytes, this.#range.sizeBytes - offset));
    const out = new Uint8Array(sizeBytes);
    const firstChunk = Math.floor(offset / CHUNK_BYTES);
    const endChunk = Math.ceil((offset + sizeBytes) / CHUNK_BYTES);
    for (let index = firstChunk; index < endChunk; index += 1) {
      const chunk = this.#chunks.get(index);
      if (!chunk) throw new Missing(index, endChunk - index);
      const at = index * CHUNK_BYTES - offset;
      out.set(chunk.subarray(Math.max(0, -at), sizeBytes - at), Math.max(0, at));
    }
    return out;
  }

  /** Most metadata blocks are blank behind their first commits, which the chip tells faster than it sends them. */
  async #fetch({ firstChunk, chunkCount }: Missing): Promise<void> {
    if (chunkCount * CHUNK_BYTES < SECTOR_BYTES - CHUNK_BYTES) {
      await this.#fetchChunks(firstChunk, chunkCount);
    } else if (await this.#isBlank(firstChunk, chunkCount)) {
      for (let i = 0; i < chunkCount; i += 1) this.#chunks.set(firstChunk + i, blankChunk);
    } else if (this.#chunks.has(firstChunk - 1)) {
      await this.#fetchChunks(firstChunk, chunkCount);
    } else {
      // The first one alone: the parser comes back for the rest.
      await this.#fetchChunks(firstChunk, 1);
    }
  }

  async #isBlank(firstChunk: number, chunkCount: number): Promise<boolean> {
    const { signal } = this.#options;
    const { offset, sizeBytes } = this.#place(firstChunk, chunkCount);
    const found = await this.#session.md5(offset, sizeBytes, { signal, timeoutMs: STEP_TIMEOUT_MS });
    return found === blankMd5(sizeBytes);
  }

  async #fetchChunks(firstChunk: number, chunkCount: number): Promise<void> {
    const { signal, onProgress } = this.#options;
    const { offset, sizeBytes } = this.#place(firstChunk, chunkCount);
    const bytes = await this.#session.read(offset, sizeBytes, { signal, timeoutMs: STEP_TIMEOUT_MS });
    for (let i = 0; i < chunkCount; i += 1) {
      this.#chunks.set(firstChunk + i, bytes.subarray(i * CHUNK_BYTES, (i + 1) * CHUNK_BYTES));
    }
    this.#fetchedBytes += sizeBytes;
    onProgress?.({ phase: 'read', done: this.#fetchedBytes, total: this.#fetchedBytes, unit: 'bytes' });
  }

  #place(firstChunk: number, chunkCount: number): FlashRange {
    return { offset: this.#range.offset + firstChunk * CHUNK_BYTES, sizeBytes: chunkCount * CHUNK_BYTES };
  }
}

const blankChunk = new Uint8Array(CHUNK_BYTES).fill(0xff);
const blankMd5s = new Map<number, string>();

function blankMd5(sizeBytes: number): string {
  const known = blankMd5s.get(sizeBytes) ?? md5Hex(new Uint8Array(sizeBytes).fill(0xff));
  blankMd5s.set(sizeBytes, known);
  return known;
}
