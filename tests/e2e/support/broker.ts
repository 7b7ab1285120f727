/** A real Mosquitto, started by the downloaded bundle's own start script. */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface RunningBroker {
  readonly folder: string;
  readonly log: string[];
  stop(): Promise<void>;
}

/** Ports of this computer that nobody listens on now. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/**
 * Unpacks the bundle into a clean folder and starts it; resolves when all these ports answer. `change` may spoil what was
 * unpacked first.
 */
export async function startBundle(
  zipFile: string,
  ports: readonly number[],
  change: (folder: string) => void = () => undefined,
): Promise<RunningBroker> {
  const folder = mkdtempSync(path.join(tmpdir(), 'signet-broker-'));
  chmodSync(folder, 0o755);
  execFileSync('unzip', ['-q', zipFile, '-d', folder]);
  change(folder);
  const log: string[] = [];
  const child = spawn(path.join(folder, 'start.sh'), { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes: Buffer) => log.push(bytes.toString()));
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  try {
    await Promise.all(ports.map((port) => answers(port)));
  } catch (thrown) {
    child.kill();
    throw new Error(`The bundle's broker did not start:\n${log.join('')}`, { cause: thrown });
  }
  return {
    folder,
    log,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function answers(port: number): Promise<void> {
  const untilMs = Date.now() + 15_000;
  for (;;) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
    if (isOpen) return;
    if (Date.now() > untilMs) throw new Error(`nobody answers on port ${port}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
