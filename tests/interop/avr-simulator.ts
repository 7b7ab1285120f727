/** The AVR slave's program in simavr: orders go in, the changes of port D come out. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';

const root = path.resolve(import.meta.dirname, '../..');
const source = path.join(root, 'firmware/avr-spi-slave');
const out = path.join(root, 'build/avr');

export const committedHex = path.join(root, 'firmware-bin/avr-spi-slave-atmega168.hex');

const tools = [
  '/usr/bin/avr-gcc',
  '/usr/lib/avr/include/avr/io.h',
  '/usr/include/simavr/sim_avr.h',
  '/usr/bin/make',
];

function prepare(): void {
  const missing = tools.filter((file) => !existsSync(file));
  const install = 'apt-get install -y --no-install-recommends gcc-avr avr-libc libsimavr-dev make';
  if (missing.length > 0) throw new Error(`missing: ${missing.join(', ')}. Run: ${install}`);
  mkdirSync(out, { recursive: true });
}

/** Builds the program from its source; the path of the hex file. */
export function buildHex(): string {
  prepare();
  execFileSync('make', ['-s', '-B', '-C', source, `OUT=${out}`], { stdio: ['ignore', 'ignore', 'inherit'] });
  return path.join(out, 'avr-spi-slave.hex');
}

/** Builds the simulator's program; its path. */
export function buildSimulator(): string {
  prepare();
  const program = path.join(out, 'simulator');
  const sources = [path.join(source, 'test/simulator.c'), '-lsimavr', '-o', program];
  execFileSync('gcc', ['-O1', '-Wall', '-Wextra', '-Werror', ...sources], { stdio: 'inherit' });
  return program;
}

/** Eight bits, the most significant first. */
export const bitsOf = (byte: number): string => byte.toString(2).padStart(8, '0');

export class AvrSlave {
  /** What port D's pins were driven to, one after the other. */
  readonly changes: string[] = [];
  readonly #child;
  readonly #output: AsyncIterator<string>;

  constructor(simulator: string, hex: string) {
    this.#child = spawn(simulator, [hex], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#output = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** `select`, `deselect`, `bits <0 and 1>` at 2 MHz, `run <cycles>` at 8 MHz. */
  async send(...orders: readonly string[]): Promise<void> {
    this.#child.stdin.write(orders.map((order) => `${order}\n`).join(''));
    for (let left = orders.length; left > 0;) {
      const next = await this.#output.next();
      if (next.done === true) throw new Error(`the simulator ended after: ${this.changes.join(', ')}`);
      if (next.value.startsWith('.')) left--;
      else this.changes.push(next.value);
    }
  }

  /** One select with these bits, and a moment for the program behind it. */
  transfer(bits: string): Promise<void> {
    return this.send('select', ...(bits === '' ? [] : [`bits ${bits}`]), 'deselect', 'run 40');
  }

  /** The level of port D's pins, 8 bits. */
  get port(): number {
    const last = this.changes.filter((line) => line.startsWith('port ')).at(-1);
    return parseInt(last?.slice(5) ?? '', 16);
  }

  close(): void {
    this.#child.stdin.end();
  }
}
