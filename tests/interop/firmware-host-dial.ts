/** One connection of the firmware's TLS client on Linux, without the firmware: what it found, in the driver's words. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { generate } from 'mqtt-packet';
import { HostProgram, writeFiles, type Files } from './firmware-host-bench.ts';

export const connack = 'read 4 20020000';

export interface Attempt {
  readonly host?: string;
  readonly port: number;
  readonly mode?: 0 | 1;
  readonly fragment?: number;
  readonly rounds?: number;
  readonly unixTime: number;
  /** Anchors, certificate and key among them. */
  readonly files: Files;
  readonly options?: readonly string[];
}

let attempts = 0;

/** Runs the driver once in a folder of its own; what it printed and how it ended. */
export async function dial(
  program: string,
  folder: string,
  wish: Attempt,
): Promise<{ readonly lines: readonly string[]; readonly exitCode: number | null }> {
  const own = path.join(folder, `attempt-${++attempts}`);
  mkdirSync(own);
  const host = wish.host ?? 'pi.local';
  const plan = [host, wish.port, wish.mode ?? 0, wish.fragment ?? 0, wish.rounds ?? 1];
  const send = generate({
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    clean: true,
    clientId: 'porch-1',
    keepalive: 30,
  });
  const files = writeFiles(own, { plan: plan.join(' '), send, ...wish.files });
  const options = ['--files', files, '--unix-time', String(wish.unixTime), '--time-after', '0'];
  const resolve = ['--resolve', `${host}=127.0.0.1`];
  return new HostProgram(program, own, [...options, ...resolve, ...(wish.options ?? [])]).ended;
}
