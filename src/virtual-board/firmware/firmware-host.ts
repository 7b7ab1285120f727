/**
 * Runs a virtual image that lies in the board's flash: the ApplicationHost of the demo. Knows nothing of the boot ROM;
 * file system, network and sensor are passed in.
 */
import { readVirtualImage, type VirtualImage } from '../../contract/firmware-image.ts';
import { AppError } from '../../shared/errors.ts';
import type { ApplicationHost, Machine, RunningApplication } from '../application.ts';
import type { FirmwareNetwork } from './firmware-network.ts';
import { instantiateFirmware, type Firmware } from './instantiate.ts';
import { createMachineHal, type BoardOutput, type DeviceFiles, type SensorValue } from './machine-hal.ts';

export interface FirmwareHostOptions {
  /** The file system where the layout has it, on the machine's flash. */
  files(machine: Machine, layoutName: string): DeviceFiles;
  readonly network: FirmwareNetwork;
  /** Null when nothing answers on the sensor's wire. */
  sensor(): SensorValue | null;
  /** What a time server would answer, Unix ms. */
  unixMs(): number;
  onOutput?(output: BoardOutput): void;
}

/** No virtual image is larger: the program's place ends at 1 MB. */
const maxImageBytes = 0x10_0000;

export function createFirmwareHost(options: FirmwareHostOptions): ApplicationHost {
  return {
    start: async (machine) => {
      const image = findImage(machine);
      return image && run(machine, image, options);
    },
  };
}

function findImage(machine: Machine): VirtualImage | null {
  try {
    return readVirtualImage(machine.readFlash(0, Math.min(machine.flashSizeBytes, maxImageBytes)));
  } catch (thrown) {
    if (thrown instanceof AppError) return null; // erased, cut short or damaged: the ROM says so
    throw thrown;
  }
}

async function run(
  machine: Machine,
  image: VirtualImage,
  options: FirmwareHostOptions,
): Promise<RunningApplication> {
  const stopped = new AbortController();
  let wantsRestart = false;
  const hal = createMachineHal(machine, {
    files: options.files(machine, image.layout),
    network: options.network,
    sensor: () => options.sensor(),
    unixMs: () => options.unixMs(),
    onOutput: (output) => {
      if (!stopped.signal.aborted) options.onOutput?.(output);
    },
    onRestart: () => {
      wantsRestart = true;
    },
  });
  const firmware = await instantiateFirmware(image.wasm, hal);
  const stop = (): void => {
    stopped.abort();
    hal.closeNet();
    hal.leaveWifi();
  };
  void turn(machine, firmware, { signal: stopped.signal, wantsRestart: () => wantsRestart }).then(
    (isRestart) => {
      if (!isRestart) return;
      stop();
      machine.restart();
    },
  );
  return { stop };
}

interface TurnOptions {
  readonly signal: AbortSignal;
  wantsRestart(): boolean;
}

/** Calls the loop until it is stopped; true when the program asked for a restart or trapped. */
async function turn(machine: Machine, firmware: Firmware, options: TurnOptions): Promise<boolean> {
  // The caller first gets its handle: what the setup does may already make it want to stop.
  await Promise.resolve();
  try {
    if (!options.signal.aborted) firmware.setup();
    while (!options.signal.aborted && !options.wantsRestart()) {
      const restMs = firmware.loop();
      await machine.clock.sleep(Math.max(1, restMs), options.signal);
    }
    return options.wantsRestart() && !options.signal.aborted;
  } catch {
    return !options.signal.aborted; // a trap in the module is what an exception is on the chip: it starts again
  }
}
