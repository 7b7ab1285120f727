// The openssl command line as a judge, in a folder of its own.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Verdict {
  readonly ok: boolean;
  readonly text: string;
}

export class OpensslFolder {
  readonly path = mkdtempSync(path.join(tmpdir(), 'signet-openssl-'));
  #counter = 0;

  /** Standard output and error together. */
  async openssl(...args: string[]): Promise<Verdict> {
    try {
      const { stdout, stderr } = await run('openssl', args, { cwd: this.path });
      return { ok: true, text: stdout + stderr };
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      return { ok: false, text: stdout + stderr };
    }
  }

  save(content: string | Uint8Array, name = `f${this.#counter++}`): string {
    writeFileSync(path.join(this.path, name), content);
    return name;
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
