/** Starts the firmware's WebAssembly module on a FirmwareHal. Knows nothing of flash or of the board around it. */
import type { Bytes } from '../../shared/bytes.ts';
import type { FirmwareHal } from './firmware-hal.ts';
import { firmwareImports } from './wasm-imports.ts';
import { createWasmMemory } from './wasm-memory.ts';

export interface Firmware {
  /** Once after reset. */
  setup(): void;
  /** Again and again; the milliseconds until it wants to be called again, at most 50. */
  loop(): number;
}

interface FirmwareExports {
  readonly memory: WebAssembly.Memory;
  readonly sg_setup: () => void;
  readonly sg_loop: () => number;
}

/** @throws WebAssembly.CompileError or LinkError when the bytes are no such module. */
export async function instantiateFirmware(wasm: Uint8Array, hal: FirmwareHal): Promise<Firmware> {
  let exports: FirmwareExports | null = null;
  const memory = createWasmMemory(() => {
    if (!exports) throw new TypeError('the module called out before it was started');
    return exports.memory;
  });
  const source: Bytes = new Uint8Array(wasm);
  const keys = await import('./key-arithmetic.ts');
  const imports = { hal: firmwareImports({ hal, memory, keys }) };
  const { instance } = await WebAssembly.instantiate(source, imports);
  const started = instance.exports as unknown as FirmwareExports;
  exports = started;
  return { setup: () => started.sg_setup(), loop: () => started.sg_loop() };
}
