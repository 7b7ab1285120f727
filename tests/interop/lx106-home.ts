/** The third home of the firmware's core: the chip's instruction set, lx106, under QEMU. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Home } from '../contract/homes.ts';

const root = path.resolve(import.meta.dirname, '../..');
const runScript = path.join(root, 'scripts/firmware-lx106-run.sh');

/** Builds what is out of date; the folder with the programs. Without its Debian packages it says which to install. */
export const buildLx106 = (): string =>
  execFileSync('bash', [path.join(root, 'scripts/firmware-lx106-build.sh')], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim();

/** What a program without input prints, by lines. */
export const linesOf = (program: string): string[] =>
  execFileSync('bash', [runScript, program], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
    .trimEnd()
    .split('\n');

/** A program that obeys the fixture runner's orders, with `connections` descriptors from 3 on, given out as streams. */
export class Lx106Program implements Home {
  readonly child: ChildProcess;
  readonly #output: AsyncIterator<string>;

  constructor(program: string, connections = 0) {
    const more = Array.from({ length: connections }, () => 'pipe' as const);
    this.child = spawn('bash', [runScript, program], { stdio: ['pipe', 'pipe', 'inherit', ...more] });
    if (!this.child.stdout) throw new Error('no output');
    this.#output = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  async send(order: string): Promise<string[]> {
    this.child.stdin?.write(`${order}\n`);
    const lines: string[] = [];
    for (;;) {
      const next = await this.#output.next();
      if (next.done === true)
        throw new Error(`the program under QEMU ended after "${order}": ${lines.join('\n')}`);
      if (next.value === '.') return lines;
      lines.push(next.value);
    }
  }

  close(): void {
    this.child.stdin?.end();
  }
}
