/**
 * The flasher stub's commands that esptool-js lacks, or sends without a time limit of the caller's. Each throws what
 * esptool-js throws; `loaderStep` translates.
 */
import type { ESPLoader } from 'esptool-js';
import type { WireRegion } from '../../ports/bootloader.ts';
import { concatBytes, toHex, u32le } from '../../shared/bytes.ts';
import { md5Hex } from '../../shared/md5.ts';

/** The stub's answer to "read flash" comes in frames of this size, at most so many unacknowledged. */
const READ_FRAME_BYTES = 4096;
const READ_FRAMES_IN_FLIGHT = 64;
const MD5_BYTES = 16;
const PROBE_BYTES = 1024;

const words = (...values: number[]): Uint8Array => concatBytes(values.map(u32le));

/** Lower-case hex MD5 of a flash range. */
export async function flashMd5(
  loader: ESPLoader,
  range: { offset: number; sizeBytes: number },
  timeoutMs: number,
): Promise<string> {
  const body = words(range.offset, range.sizeBytes, 0, 0);
  const reply = await loader.checkCommand('md5', loader.ESP_SPI_FLASH_MD5, body, 0, MD5_BYTES, timeoutMs);
  return toHex(reply as Uint8Array);
}

/** Erases whole sectors. */
export async function eraseRegion(
  loader: ESPLoader,
  range: { offset: number; sizeBytes: number },
  timeoutMs: number,
): Promise<void> {
  const body = words(range.offset, range.sizeBytes);
  await loader.checkCommand('erase', loader.ESP_ERASE_REGION, body, 0, 0, timeoutMs);
}

type Encoding = WireRegion['encoding'];

const writeOpcodes = (loader: ESPLoader, encoding: Encoding): { begin: number; data: number; end: number } =>
  encoding === 'deflated'
    ? { begin: loader.ESP_FLASH_DEFL_BEGIN, data: loader.ESP_FLASH_DEFL_DATA, end: loader.ESP_FLASH_DEFL_END }
    : { begin: loader.ESP_FLASH_BEGIN, data: loader.ESP_FLASH_DATA, end: loader.ESP_FLASH_END };

/** Begins to erase what `region` covers, and to take its payload in `blocks` blocks. */
export async function beginWrite(
  loader: ESPLoader,
  { offset, sizeBytes, encoding }: WireRegion,
  blocks: number,
): Promise<void> {
  const body = words(sizeBytes, blocks, loader.FLASH_WRITE_SIZE, offset);
  await loader.checkCommand('begin to write', writeOpcodes(loader, encoding).begin, body);
}

/**
 * One block of a payload, once: esptool-js's own method repeats a block after a lost acknowledgement, which the stub
 * would write twice.
 */
export async function sendBlock(
  loader: ESPLoader,
  block: { bytes: Uint8Array; index: number; encoding: Encoding },
  timeoutMs: number,
): Promise<void> {
  const { bytes, index, encoding } = block;
  const body = concatBytes([words(bytes.length, index, 0, 0), bytes]);
  const { data } = writeOpcodes(loader, encoding);
  await loader.checkCommand('write', data, body, loader.checksum(bytes), 0, timeoutMs);
}

/** Answered when the last block is programmed; carries an error of it. The stub stays. */
export async function endWrite(loader: ESPLoader, encoding: Encoding, timeoutMs: number): Promise<void> {
  const stays = 1;
  await loader.checkCommand(
    'end of write',
    writeOpcodes(loader, encoding).end,
    words(stays),
    0,
    0,
    timeoutMs,
  );
}

/** Tells the running stub to change its UART's rate; it answers at the old one. */
export async function announceBaudRate(loader: ESPLoader, from: number, to: number): Promise<void> {
  await loader.checkCommand('baud rate', loader.ESP_CHANGE_BAUDRATE, words(to, from));
}

/** A flash range and the MD5 that the stub took of it. */
export async function readRange(
  loader: ESPLoader,
  range: { offset: number; sizeBytes: number },
  options: { frameTimeoutMs: number; onBytes: (received: number) => void },
): Promise<{ bytes: Uint8Array<ArrayBuffer>; md5: string }> {
  const body = words(range.offset, range.sizeBytes, READ_FRAME_BYTES, READ_FRAMES_IN_FLIGHT);
  await loader.checkCommand('read', loader.ESP_READ_FLASH, body);
  const frames: Uint8Array[] = [];
  let received = 0;
  while (received < range.sizeBytes) {
    const frame = await loader.transport.read(options.frameTimeoutMs);
    frames.push(frame);
    received += frame.length;
    await loader.transport.write(u32le(received));
    options.onBytes(received);
  }
  const md5 = toHex(await loader.transport.read(options.frameTimeoutMs));
  return { bytes: concatBytes(frames), md5 };
}

/** Reads a little of the flash with its MD5: enough bytes to tell a bad line. @throws Error */
export async function probeLine(loader: ESPLoader, frameTimeoutMs: number): Promise<void> {
  const range = { offset: 0, sizeBytes: PROBE_BYTES };
  const { bytes, md5 } = await readRange(loader, range, { frameTimeoutMs, onBytes: () => undefined });
  if (md5Hex(bytes) !== md5) throw new Error('the line is bad');
}
