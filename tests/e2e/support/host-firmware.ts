/**
 * The program behind the virtual board in the end-to-end test: the firmware's Linux build with real BearSSL, reading the
 * file system out of the flash that the page has just written. Its standard output is the board's UART.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FlashLayout } from '../../../src/contract/flash-layouts.ts';
import type { ApplicationHost, Machine, RunningApplication } from '../../../src/virtual-board/application.ts';

const program = fileURLToPath(new URL('../../../build/firmware-host/signet-host', import.meta.url));

export interface HostFirmwareOptions {
  readonly layout: FlashLayout;
  /** The broker's name in the project and where it listens on this computer. */
  readonly broker: { readonly host: string; readonly port: number };
  readonly temperature: number;
  readonly humidity: number;
}

export class HostFirmware implements ApplicationHost {
  readonly output: string[] = [];
  readonly #options: HostFirmwareOptions;

  constructor(options: HostFirmwareOptions) {
    this.#options = options;
  }

  start(machine: Machine): Promise<RunningApplication> {
    const folder = mkdtempSync(path.join(tmpdir(), 'signet-board-'));
    const flash = path.join(folder, 'flash.bin');
    writeFileSync(flash, machine.readFlash(0, machine.flashSizeBytes));
    const child = spawn(program, this.#arguments(flash, folder), { stdio: ['pipe', 'pipe', 'pipe'] });
    child.stdout.on('data', (bytes: Buffer) => {
      this.output.push(bytes.toString());
      machine.uartWrite(new Uint8Array(bytes), 115200);
    });
    child.stderr.on('data', (bytes: Buffer) => this.output.push(`[stderr] ${bytes.toString()}`));
    const typed = setInterval(() => child.stdin.write(machine.uartRead()), 50);
    return Promise.resolve({ stop: () => stop(child, typed, folder) });
  }

  #arguments(flash: string, folder: string): string[] {
    const { layout, broker, temperature, humidity } = this.#options;
    return [
      ['--flash', flash],
      ['--fs-offset', String(layout.fsOffset)],
      ['--block-size', String(layout.blockSizeBytes)],
      ['--block-count', String(layout.blockCount)],
      ['--state', folder],
      ['--time', 'real'],
      ['--resolve', `${broker.host}=127.0.0.1:${broker.port}`],
      ['--temperature', String(temperature)],
      ['--humidity', String(humidity)],
    ].flat();
  }
}

function stop(child: ChildProcess, typed: NodeJS.Timeout, folder: string): void {
  clearInterval(typed);
  child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}
