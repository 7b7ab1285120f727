/** The core's two homes behind one door: an order goes in, the lines of what the core did come out. */
import { execFileSync, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { fromHex } from '../../src/shared/bytes.ts';
import type { NetState, WifiState } from '../../src/virtual-board/firmware/firmware-hal.ts';
import { instantiateFirmware, type Firmware } from '../../src/virtual-board/firmware/instantiate.ts';
import { ScriptedHal } from './scripted-hal.ts';

export interface Home {
  send(order: string): Promise<string[]>;
  close(): void;
}

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Builds firmware/test/fixture-runner.cpp when its sources changed. */
export function buildNativeHome(): void {
  execFileSync('bash', ['scripts/firmware-test.sh', 'runner'], { cwd: root, stdio: 'inherit' });
}

export function startNativeHome(): Home {
  const child = spawn(`${root}/build/firmware/fixture-runner`, { stdio: ['pipe', 'pipe', 'inherit'] });
  const output = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<string[]> => {
    const lines: string[] = [];
    for (;;) {
      const next = await output.next();
      if (next.done === true) throw new Error(`the fixture runner ended after: ${lines.join('\n')}`);
      if (next.value === '.') return lines;
      lines.push(next.value);
    }
  };
  return {
    send: (order) => {
      child.stdin.write(`${order}\n`);
      return answer();
    },
    close: () => child.stdin.end(),
  };
}

export async function startWasmHome(): Promise<Home> {
  const wasm = new Uint8Array(await readFile(`${root}/firmware-bin/firmware.wasm`));
  const hal = new ScriptedHal();
  const firmware = await instantiateFirmware(wasm, hal);
  return {
    send: (order) => {
      const [name = '', ...rest] = order.split(' ');
      orders[name]?.(hal, firmware, rest);
      const { lines } = hal;
      hal.lines = [];
      return Promise.resolve(lines);
    },
    close: () => undefined,
  };
}

type Order = (hal: ScriptedHal, firmware: Firmware, rest: string[]) => void;

const wifiStates: WifiState[] = ['idle', 'joining', 'connected', 'failed'];
const netStates: NetState[] = ['closed', 'resolving', 'connecting', 'handshaking', 'open', 'failed'];
const numbers = (rest: string[]): number[] => rest.map(Number);

const orders: Record<string, Order | undefined> = {
  setup: (hal, firmware) => {
    hal.isRestarting = false;
    hal.nowMs = 60;
    hal.netIn = [];
    hal.serialIn = [];
    firmware.setup();
  },
  run: (hal, firmware, [ms]) => {
    const end = hal.nowMs + Number(ms);
    while (hal.nowMs < end && !hal.isRestarting) {
      hal.nowMs = Math.min(end, hal.nowMs + Math.max(1, firmware.loop()));
    }
  },
  file: (hal, _firmware, [path = '', hex = '']) => hal.files.set(path, fromHex(hex)),
  mount: (hal, _firmware, [flag]) => (hal.hasFiles = flag === '1'),
  mayWrite: (hal, _firmware, [flag]) => (hal.mayWrite = flag === '1'),
  reset: (hal, _firmware, [reason]) => (hal.reason = Number(reason)),
  keep: (hal, _firmware, [hex = '']) => (hal.keep = fromHex(hex)),
  wifi: (hal, _firmware, rest) => {
    const [state = 0, reason = 0, rssi = 0, a = 0, b = 0, c = 0, d = 0, raw = 0] = numbers(rest);
    hal.wifi = { state: wifiStates[state] ?? 'idle', reason, rssi, ip: [a, b, c, d], raw };
  },
  net: (hal, _firmware, rest) => {
    const [state = 0, code = 0, raw = 0, tlsMs = 0, fragment = 0, resumed = 0, simulated = 0] = numbers(rest);
    const flags = { isResumed: resumed === 1, isSimulated: simulated === 1 };
    hal.net = { state: netStates[state] ?? 'closed', code, raw, tlsMs, fragment, ...flags };
  },
  in: (hal, _firmware, [hex = '']) => hal.netIn.push(...fromHex(hex)),
  gone: (hal) => (hal.isGone = true),
  chunks: (hal, _firmware, rest) => ([hal.readChunk = 1, hal.writeChunk = 1] = numbers(rest)),
  serial: (hal, _firmware, [hex = '']) => hal.serialIn.push(...fromHex(hex)),
  sensor: (hal, _firmware, rest) => {
    const [state = 0, temperatureTenths = 0, humidityTenths = 0] = numbers(rest);
    hal.sensor =
      state === 1
        ? { state: 'ok', temperatureTenths, humidityTenths }
        : { state: state === 0 ? 'pending' : 'failed' };
  },
  zone: (hal, _firmware, [seconds]) => (hal.zoneOffsetS = Number(seconds)),
  unix: (hal, _firmware, [ms]) => {
    hal.unixAtMs = Number(ms);
    hal.unixSetMs = hal.nowMs;
  },
};
