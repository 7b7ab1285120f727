/** Reads and writes the module's memory. The buffer is asked for each time: it is another one after the memory grew. */
import type { Bytes } from '../../shared/bytes.ts';

export interface WasmMemory {
  /** A copy. */
  bytes(pointer: number, sizeBytes: number): Bytes;
  text(pointer: number, sizeBytes: number): string;
  write(pointer: number, bytes: Uint8Array): void;
  view(): DataView;
}

export function createWasmMemory(memory: () => WebAssembly.Memory): WasmMemory {
  const all = (): Uint8Array => new Uint8Array(memory().buffer);
  const bytes = (pointer: number, sizeBytes: number): Bytes =>
    new Uint8Array(all().subarray(pointer, pointer + sizeBytes));
  return {
    bytes,
    text: (pointer, sizeBytes) => new TextDecoder().decode(bytes(pointer, sizeBytes)),
    write: (pointer, content) => all().set(content, pointer),
    view: () => new DataView(memory().buffer),
  };
}
