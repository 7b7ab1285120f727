import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseBootLine } from '../../src/contract/boot-lines.ts';
import { encodeConfig, type DeviceConfig } from '../../src/contract/config.ts';
import { parseFirmwareImage } from '../../src/contract/firmware-image.ts';
import { encodeCommandKeys, firstFiles } from '../../src/contract/slot-files.ts';
import { fromUtf8, utf8, type Bytes } from '../../src/shared/bytes.ts';
import type { Machine, ResetCause } from '../../src/virtual-board/application.ts';
import { createDriftingSensor } from '../../src/virtual-board/firmware/drifting-sensor.ts';
import { createFirmwareHost } from '../../src/virtual-board/firmware/firmware-host.ts';
import type { FirmwareNetwork } from '../../src/virtual-board/firmware/firmware-network.ts';
import type { BoardOutput, DeviceFiles } from '../../src/virtual-board/firmware/machine-hal.ts';

const nowMs = 1_790_000_000_000;
const image = new Uint8Array(readFileSync(new URL('../../firmware-bin/virtual-4m2m.bin', import.meta.url)));

const config: DeviceConfig = {
  v: 1,
  project: 'porch',
  id: 'porch-1',
  wifi: [{ ssid: 'home', psk: 'password1' }],
  mqtt: { host: 'broker.local' },
  sensor: { type: 'dht22' },
  pixel: { pin: 5, order: 'RGB', at: [0, 100, 250, 300] },
};

async function deviceFiles(): Promise<Map<string, Uint8Array>> {
  const mac = encodeCommandKeys([{ name: 'app', key: new Uint8Array(32), allow: '*' }]);
  const rest = { ca: utf8('ca'), crt: utf8('crt'), key: utf8('key'), mac };
  const files = await firstFiles({ cfg: encodeConfig(config), ...rest }, nowMs);
  return new Map(files.map(({ path, content }) => [path, content]));
}

const asDeviceFiles = (files: Map<string, Uint8Array>): DeviceFiles => ({
  mount: () => true,
  read: (path) => files.get(path) ?? null,
  replace: (path, bytes) => void files.set(path, bytes),
});

/** An access point and a broker that says yes to everything; keeps what was written. */
class YesNetwork implements FirmwareNetwork {
  readonly simulated = true;
  written: number[] = [];
  private waiting: number[] = [];

  join(): ReturnType<FirmwareNetwork['join']> {
    return {
      poll: () => ({ state: 'connected', rssi: -50, ip: [192, 168, 4, 2] }),
      leave: () => undefined,
    };
  }

  open(): ReturnType<FirmwareNetwork['open']> {
    return {
      poll: () => ({ state: 'open', tlsMs: 1, fragment: 0, isResumed: false }),
      read: (capacity) => Uint8Array.from(this.waiting.splice(0, capacity)),
      write: (bytes) => {
        if (bytes[0] === 0x10) this.waiting.push(0x20, 2, 0, 0);
        if (bytes[0] === 0x82) this.waiting.push(0x90, 3, bytes[2] ?? 0, bytes[3] ?? 0, 1);
        this.written.push(...bytes);
        return bytes.length;
      },
      close: () => undefined,
    };
  }
}

/** Time that only passes when somebody sleeps; each sleep ends at once. */
class TestMachine implements Machine {
  readonly flashSizeBytes = 4 * 1024 * 1024;
  readonly rtcMemory = new Uint8Array(512);
  resetCause: ResetCause = 'power';
  restarts = 0;
  sleeps = 0;
  text = '';
  baudRate = 0;
  typed: Bytes = new Uint8Array(0);
  private elapsedMs = 1000;
  private readonly flash: Uint8Array;

  constructor(program: Uint8Array) {
    this.flash = new Uint8Array(this.flashSizeBytes).fill(0xff);
    this.flash.set(program);
  }

  readonly clock = {
    nowMs: (): number => nowMs + this.elapsedMs,
    monotonicMs: (): number => this.elapsedMs,
    sleep: async (ms: number): Promise<void> => {
      this.elapsedMs += ms;
      this.sleeps++;
      await new Promise((resolve) => setImmediate(resolve));
    },
  };

  readFlash = (offset: number, sizeBytes: number): Bytes => this.flash.slice(offset, offset + sizeBytes);
  eraseFlash = (): void => undefined;
  programFlash = (): void => undefined;
  uartWrite = (bytes: Uint8Array, baudRate: number): void => {
    this.text += fromUtf8(bytes);
    this.baudRate = baudRate;
  };
  uartRead = (): Uint8Array => {
    const { typed } = this;
    this.typed = new Uint8Array(0);
    return typed;
  };
  restart = (): void => {
    this.restarts++;
  };

  async until(condition: () => boolean): Promise<void> {
    for (let turns = 0; turns < 20_000 && !condition(); turns++) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(condition(), this.text).toBe(true);
  }

  stages(): string[] {
    const lines = this.text.split('\n').map((line) => parseBootLine(line));
    return lines.flatMap((line) => (line ? [`${line.stage} ${line.state}`] : []));
  }
}

interface Started {
  readonly machine: TestMachine;
  readonly network: YesNetwork;
  readonly outputs: BoardOutput[];
  readonly layouts: string[];
  readonly stop: () => void;
}

async function start(): Promise<Started> {
  const machine = new TestMachine(image);
  const network = new YesNetwork();
  const outputs: BoardOutput[] = [];
  const layouts: string[] = [];
  const files = asDeviceFiles(await deviceFiles());
  const host = createFirmwareHost({
    files: (_machine, layoutName) => {
      layouts.push(layoutName);
      return files;
    },
    network,
    sensor: () => ({ temperatureTenths: 215, humidityTenths: 402 }),
    unixMs: () => machine.clock.nowMs(),
    onOutput: (output) => outputs.push(output),
  });
  const running = await host.start(machine);
  if (!running) throw new Error('the image did not start');
  return { machine, network, outputs, layouts, stop: () => running.stop() };
}

describe('the firmware on the virtual board', () => {
  it('starts from flash, reads its files and comes up to MQTT, without TLS and saying so', async () => {
    const { machine, network, layouts, outputs, stop } = await start();
    await machine.until(() => machine.stages().includes('read ok') && machine.stages().includes('mqtt ok'));
    await machine.until(() => fromUtf8(Uint8Array.from(network.written).slice(2, 8)).includes('MQTT'));
    stop();
    expect(layouts).toEqual(['4m2m']);
    expect(machine.baudRate).toBe(115_200);
    expect(machine.text).toMatch(/tls ok .*sim=1\*/);
    expect(machine.text).toContain('Temperature: 21.5 C  Humidity: 40.2 %');
    expect(outputs).toContainEqual({ kind: 'pixel', pin: 5, r: 0, g: 255, b: 0 });
    const sent = new TextDecoder().decode(Uint8Array.from(network.written));
    expect(sent).toContain('signet/porch/porch-1/tele');
    expect(sent).toContain('"temperature":21.5');
  });

  it('answers on the console', async () => {
    const { machine, stop } = await start();
    await machine.until(() => machine.stages().includes('mqtt ok'));
    machine.text = '';
    machine.typed = utf8('info\r\n');
    await machine.until(() => machine.stages().includes('mqtt ok'));
    stop();
    expect(machine.stages()).toContain('boot ok');
  });

  it('is silent and still once it was stopped', async () => {
    const { machine, stop } = await start();
    await machine.until(() => machine.stages().includes('read ok'));
    stop();
    await machine.until(() => true);
    const { text } = machine;
    const sleepsAtStop = machine.sleeps;
    for (let turns = 0; turns < 200; turns++) await new Promise((resolve) => setImmediate(resolve));
    expect(machine.text).toBe(text);
    expect(machine.sleeps - sleepsAtStop).toBeLessThanOrEqual(1);
  });

  it('restarts the machine once when it is told to, and runs no further', async () => {
    const { machine } = await start();
    await machine.until(() => machine.stages().includes('cfg ok'));
    machine.typed = utf8('reset\n');
    await machine.until(() => machine.restarts > 0);
    const { sleeps } = machine;
    for (let turns = 0; turns < 200; turns++) await new Promise((resolve) => setImmediate(resolve));
    expect(machine.restarts).toBe(1);
    expect(machine.sleeps).toBe(sleeps);
  });

  it('starts nothing that is not a virtual image: erased flash, another program, a damaged one', async () => {
    const damaged = image.slice();
    damaged[100] = (damaged[100] ?? 0) ^ 1;
    const other = Uint8Array.from({ length: 32 }, (_, at) => [0xe9, 1, 2, 0x40][at] ?? 0);
    other[31] = 0xef;
    expect(parseFirmwareImage(other).segments).toHaveLength(1);
    const host = createFirmwareHost({
      files: () => asDeviceFiles(new Map()),
      network: new YesNetwork(),
      sensor: () => null,
      unixMs: () => nowMs,
    });
    for (const program of [new Uint8Array(0), damaged, other]) {
      expect(await host.start(new TestMachine(program))).toBeNull();
    }
  });
});

describe('the drifting sensor', () => {
  it('stays plausible and drifts slowly', () => {
    let ms = 0;
    const sensor = createDriftingSensor(() => ms);
    let last = sensor();
    for (; ms < 24 * 3600_000; ms += 10_000) {
      const now = sensor();
      expect(now.temperatureTenths).toBeGreaterThan(190);
      expect(now.temperatureTenths).toBeLessThan(240);
      expect(now.humidityTenths).toBeGreaterThan(380);
      expect(now.humidityTenths).toBeLessThan(520);
      expect(Math.abs(now.temperatureTenths - last.temperatureTenths)).toBeLessThanOrEqual(4);
      last = now;
    }
  });
});
