/** What the tests of the whole way share: a board on the virtual port, written by the page and running the firmware's core. */
import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';
import { layoutNamed } from '../../src/contract/flash-layouts.ts';
import { EsptoolBootloader } from '../../src/platform/serial/esptool-bootloader.ts';
import { WebSerialPorts } from '../../src/platform/serial/web-serial-ports.ts';
import { InPlaceJobs } from '../../src/platform/workers/in-place-jobs.ts';
import type { FirmwareImages } from '../../src/ports/firmware-images.ts';
import type { SerialLink } from '../../src/ports/serial.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { createFirmwareHost } from '../../src/virtual-board/firmware/firmware-host.ts';
import type { BoardOutput } from '../../src/virtual-board/firmware/machine-hal.ts';
import { VirtualBoard, type VirtualBoardOptions } from '../../src/virtual-board/virtual-board.ts';
import { littlefsDeviceFiles } from '../../src/workflows/device-files.ts';
import { flashDevice, type FlashEnvironment } from '../../src/workflows/flash-device.ts';
import { inPageNetwork } from '../../src/workflows/in-page-network.ts';
import type { Bench } from './live-kit.ts';

export const clock = systemClock;
export const layout = layoutNamed('4m2m');
export const options = { signal: new AbortController().signal, timeoutMs: 60_000 };
const boards: VirtualBoard[] = [];

/** For afterEach: every board that was plugged in. */
export const stopBoards = (): void => boards.splice(0).forEach((board) => board.stop());

/** The committed images, read from the folder that the page fetches them from. */
const committedImages: FirmwareImages = {
  manifest: async () => JSON.parse((await committed('manifest.json')).toString()) as never,
  load: async ({ file }) => new Uint8Array(await committed(file)),
};
export const committed = (file: string): Promise<Buffer> =>
  readFile(new URL(`../../firmware-bin/${file}`, import.meta.url));

export function plugIn(
  bench: Bench,
  more: VirtualBoardOptions = {},
): { board: VirtualBoard; outputs: BoardOutput[] } {
  const outputs: BoardOutput[] = [];
  const application = createFirmwareHost({
    files: (machine) =>
      littlefsDeviceFiles(
        {
          read: (offset, sizeBytes) => machine.readFlash(offset, sizeBytes),
          erase: (offset, sizeBytes) => machine.eraseFlash(offset, sizeBytes),
          program: (offset, bytes) => machine.programFlash(offset, bytes),
        },
        layout,
      ),
    network: inPageNetwork(bench.broker, clock),
    sensor: () => ({ temperatureTenths: 234, humidityTenths: 410 }),
    unixMs: () => clock.nowMs(),
    onOutput: (output) => outputs.push(output),
  });
  const board = new VirtualBoard({ application, ...more });
  boards.push(board);
  return { board, outputs };
}

export async function linkTo(board: VirtualBoard): Promise<SerialLink> {
  const serial = { requestPort: () => Promise.resolve(board.port), getPorts: () => Promise.resolve([]) };
  const outcome = await new WebSerialPorts(serial as unknown as Serial).request();
  if (outcome.kind !== 'done') throw new Error('no port');
  return outcome.value;
}

export const flashEnvironment = (bench: Bench): FlashEnvironment => ({
  ...bench.env,
  bootloader: () => Promise.resolve(new EsptoolBootloader()),
  jobs: () => Promise.resolve(new InPlaceJobs()),
  firmware: committedImages,
});

export async function write(
  bench: Bench,
  link: SerialLink,
  firmware: 'published' | 'keep' = 'published',
): Promise<string[]> {
  const states: string[] = [];
  const outcome = await flashDevice(
    flashEnvironment(bench),
    {
      projectId: bench.project.id,
      deviceId: 'porch-1',
      link,
      layout,
      firmware: { kind: firmware },
      onState: (state) => states.push(state.kind),
    },
    options,
  );
  expect(outcome.kind).toBe('done');
  return states;
}

export const until = async (isTrue: () => boolean): Promise<void> => {
  const startedMs = clock.monotonicMs();
  while (!isTrue()) {
    if (clock.monotonicMs() - startedMs > 20_000) throw new Error('it did not happen within 20 s');
    await clock.sleep(20, options.signal);
  }
};
