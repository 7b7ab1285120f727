/**
 * A real Node-RED with its dashboard, installed once into build/node-red from tests/node-red's lock file and started with
 * a folder of its own, on this computer only.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { freePort } from './firmware-host-bench.ts';

const root = path.resolve(import.meta.dirname, '../..');
const wanted = path.join(root, 'tests/node-red');
const home = path.join(root, 'build/node-red');

/** `npm ci` when the folder is missing or belongs to another lock file. About 250 MB and half a minute, once. */
export function installNodeRed(): void {
  const lock = createHash('sha256')
    .update(readFileSync(path.join(wanted, 'package-lock.json')))
    .digest('hex');
  const marker = path.join(home, '.installed');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === lock) return;
  mkdirSync(home, { recursive: true });
  for (const name of ['package.json', 'package-lock.json'])
    cpSync(path.join(wanted, name), path.join(home, name));
  const quiet = ['--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  execFileSync('npm', ['ci', ...quiet], { cwd: home, stdio: 'pipe' });
  writeFileSync(marker, lock);
}

/** Node-RED reads some thousand files before it starts; on a busy machine that takes its time. */
const patienceMs = 120_000;

const settings = (port: number): string => `module.exports = {
  uiHost: '127.0.0.1', uiPort: ${port}, credentialSecret: 'of this test', flowFile: 'flows.json',
  disableEditor: false, telemetry: { enabled: false, updateNotification: false },
  editorTheme: { tours: false, codeEditor: { lib: 'ace' }, projects: { enabled: false } },
  externalModules: { palette: { allowInstall: false }, modules: { allowInstall: false } },
  logging: { console: { level: 'info', metrics: false, audit: false } },
};\n`;

export class NodeRed {
  readonly folder: string;
  port = 0;
  log = '';
  #process: ChildProcess | null = null;

  /** `folder`: its user directory, empty. */
  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    this.port ||= await freePort();
    writeFileSync(path.join(this.folder, 'settings.js'), settings(this.port));
    const program = path.join(home, 'node_modules/node-red/red.js');
    const args = [program, '-u', this.folder, '-s', path.join(this.folder, 'settings.js')];
    this.#process = spawn(process.execPath, args, { cwd: this.folder, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#process.stdout, this.#process.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (this.log += text));
    await this.says('Started flows');
  }

  /** Resolves when its log has it, from `since` on. */
  async says(what: string | RegExp, since = 0): Promise<void> {
    for (const deadline = Date.now() + patienceMs; Date.now() < deadline;) {
      const text = this.log.slice(since);
      if (typeof what === 'string' ? text.includes(what) : what.test(text)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`Node-RED did not say ${String(what)}:\n${this.log.slice(since)}`);
  }

  /** What its *Deploy* does, with these nodes. */
  async deploy(flows: readonly unknown[]): Promise<void> {
    const since = this.log.length;
    const headers = { 'content-type': 'application/json', 'Node-RED-API-Version': 'v2' };
    const body = JSON.stringify({ flows });
    const answer = await fetch(`${this.url}/flows`, { method: 'POST', headers, body });
    if (!answer.ok) throw new Error(`Node-RED took no flow: ${answer.status} ${await answer.text()}`);
    await this.says('Started flows', since);
  }

  /** What an inject node's button does. */
  async press(id: string): Promise<void> {
    const answer = await fetch(`${this.url}/inject/${id}`, { method: 'POST' });
    if (!answer.ok) throw new Error(`Node-RED has no such button: ${answer.status}`);
  }

  async get(at: string): Promise<unknown> {
    const headers = { accept: 'application/json', 'Node-RED-API-Version': 'v2' };
    return (await fetch(`${this.url}${at}`, { headers })).json();
  }

  async stop(): Promise<void> {
    const running = this.#process;
    this.#process = null;
    if (running?.exitCode !== null) return;
    const gone = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGTERM');
    await gone;
  }
}
