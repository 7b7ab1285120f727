/**
 * The module's imports `hal.hal_*` on top of a FirmwareHal: pointers to bytes and back, the structures of hal.h as
 * wasm32 lays them out. Decides nothing.
 */
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import type { FirmwareHal, NetState, TlsOptions, WifiState } from './firmware-hal.ts';
import type { WasmMemory } from './wasm-memory.ts';

type Imports = WebAssembly.ModuleImports;

const wifiStates: readonly WifiState[] = ['idle', 'joining', 'connected', 'failed'];
const netStates: readonly NetState[] = [
  'closed',
  'resolving',
  'connecting',
  'handshaking',
  'open',
  'failed',
];

export type KeyArithmetic = typeof import('./key-arithmetic.ts');

export interface ImportOptions {
  readonly hal: FirmwareHal;
  readonly memory: WasmMemory;
  readonly keys: KeyArithmetic;
}

export function firmwareImports({ hal, memory, keys }: ImportOptions): WebAssembly.ModuleImports {
  return {
    ...timeImports(hal, memory),
    ...hashImports(memory),
    ...keyImports(keys, memory),
    ...serialImports(hal, memory),
    ...fileImports(hal, memory),
    ...wifiImports(hal, memory),
    ...netImports(hal, memory),
    ...partImports(hal, memory),
    ...machineImports(hal, memory),
  };
}

const timeImports = (hal: FirmwareHal, memory: WasmMemory): Imports => ({
  hal_millis: () => BigInt(Math.floor(hal.millis())),
  hal_time_start: (servers: number, serversLength: number, zone: number, zoneLength: number) =>
    hal.startTime(memory.text(servers, serversLength), memory.text(zone, zoneLength)),
  hal_zone_offset: (unixS: bigint) => hal.zoneOffset(Number(unixS)),
  hal_unix_ms: () => BigInt(Math.floor(hal.unixMs())),
  hal_random: (out: number, sizeBytes: number) => memory.write(out, hal.random(sizeBytes)),
});

interface RunningHash {
  update(bytes: Uint8Array): unknown;
  digest(): Uint8Array;
}

function hashImports(memory: WasmMemory): Imports {
  let running: RunningHash = sha256.create();
  return {
    hal_hash_begin: (key: number, keyLength: number) => {
      running = keyLength > 0 ? hmac.create(sha256, memory.bytes(key, keyLength)) : sha256.create();
    },
    hal_hash_add: (at: number, sizeBytes: number) => {
      running.update(memory.bytes(at, sizeBytes));
    },
    hal_hash_end: (out: number) => memory.write(out, running.digest()),
  };
}

const keyImports = (keys: KeyArithmetic, memory: WasmMemory): Imports => ({
  hal_ec_public: (scalar: number, out: number) => {
    const point = keys.publicPoint(memory.bytes(scalar, 32));
    if (point) memory.write(out, point);
    return point ? 1 : 0;
  },
  hal_ec_sign: (scalar: number, digest: number, out: number) => {
    memory.write(out, keys.signDigest(memory.bytes(scalar, 32), memory.bytes(digest, 32)));
    return 1;
  },
  hal_gcm_open: (...[key = 0, nonce = 0, additional = 0, additionalLength = 0, at = 0, length = 0]: number[]) => {
    const plain = keys.openSealed({
      key: memory.bytes(key, 32),
      nonce: memory.bytes(nonce, 12),
      additional: memory.bytes(additional, additionalLength),
      sealed: memory.bytes(at, length),
    });
    // As on the chip: what does not belong to the tag is not left lying about.
    memory.write(at, plain ?? new Uint8Array(length));
    return plain ? 1 : 0;
  },
});

const serialImports = (hal: FirmwareHal, memory: WasmMemory): Imports => ({
  hal_serial_open: (baudRate: number) => hal.openSerial(baudRate),
  hal_serial_write: (at: number, sizeBytes: number) => hal.writeSerial(memory.bytes(at, sizeBytes)),
  hal_serial_read: (out: number, capacity: number) => {
    const bytes = hal.readSerial(capacity);
    memory.write(out, bytes);
    return bytes.length;
  },
});

const fileImports = (hal: FirmwareHal, memory: WasmMemory): Imports => ({
  hal_fs_mount: () => (hal.mountFiles() ? 1 : 0),
  hal_file_read: (path: number, pathLength: number, out: number, capacity: number) => {
    const content = hal.readFile(memory.text(path, pathLength));
    if (content === null) return -1;
    if (content.length > capacity) return -2;
    memory.write(out, content);
    return content.length;
  },
  hal_file_append: (path: number, pathLength: number, at: number, sizeBytes: number) =>
    hal.appendFile(memory.text(path, pathLength), memory.bytes(at, sizeBytes)) ? 0 : -1,
  hal_file_part: (...[path, pathLength, offset, out, capacity]: [number, number, number, number, number]) => {
    const content = hal.readFile(memory.text(path, pathLength));
    if (content === null) return -1;
    const part = content.subarray(offset, offset + capacity);
    memory.write(out, part);
    return part.length;
  },
  hal_file_replace: (path: number, pathLength: number, at: number, sizeBytes: number) =>
    hal.replaceFile(memory.text(path, pathLength), memory.bytes(at, sizeBytes)) ? 0 : -1,
});

function wifiImports(hal: FirmwareHal, memory: WasmMemory): Imports {
  const join = (...[ssid, ssidLength, psk, pskLength, name, nameLength]: number[]): void =>
    hal.joinWifi({
      ssid: memory.bytes(ssid ?? 0, ssidLength ?? 0),
      psk: memory.text(psk ?? 0, pskLength ?? 0),
      hostName: memory.text(name ?? 0, nameLength ?? 0),
    });
  return {
    hal_wifi_join: join,
    hal_wifi_leave: () => hal.leaveWifi(),
    hal_wifi_poll: (out: number) => {
      const { state, reason, raw, rssi, ip } = hal.pollWifi();
      writeInt32s(memory, out, [wifiStates.indexOf(state), reason ?? 0, rssi]);
      memory.write(out + 12, Uint8Array.from(ip));
      writeInt32s(memory, out + 16, [raw ?? 0]);
    },
  };
}

function netImports(hal: FirmwareHal, memory: WasmMemory): Imports {
  return {
    hal_net_open: (host: number, hostLength: number, port: number, tls: number) =>
      hal.openNet(memory.text(host, hostLength), port, readTls(memory, tls)),
    hal_net_poll: (out: number) => {
      const { state, code, raw, tlsMs, fragment, isResumed, isSimulated } = hal.pollNet();
      const numbers = [code ?? 0, raw ?? 0, tlsMs ?? 0, fragment ?? 0];
      const flags = [isResumed === true ? 1 : 0, isSimulated === true ? 1 : 0];
      writeInt32s(memory, out, [netStates.indexOf(state), ...numbers, ...flags]);
    },
    hal_net_read: (out: number, capacity: number) => {
      const bytes = hal.readNet(capacity);
      if (bytes === null) return -1;
      memory.write(out, bytes);
      return bytes.length;
    },
    hal_net_write: (at: number, sizeBytes: number) => hal.writeNet(memory.bytes(at, sizeBytes)),
    hal_net_close: () => hal.closeNet(),
  };
}

/** struct HalTls: four pairs of pointer and length, mode, fragment, and the time at the next multiple of eight. */
function readTls(memory: WasmMemory, at: number): TlsOptions {
  const view = memory.view();
  const word = (index: number): number => view.getUint32(at + 4 * index, true);
  const field = (index: number): Uint8Array => memory.bytes(word(2 * index), word(2 * index + 1));
  return {
    anchors: field(0),
    certificate: field(1),
    key: field(2),
    pin: field(3),
    mode: word(8) === 1 ? 'sha1' : 'ca',
    fragment: word(9),
    nowMs: Number(view.getBigUint64(at + 40, true)),
  };
}

const partImports = (hal: FirmwareHal, memory: WasmMemory): Imports => ({
  hal_sensor_start: (type: number, pin: number) => hal.startSensor(type === 1 ? 'dht11' : 'dht22', pin),
  hal_sensor_poll: (out: number) => {
    const now = hal.pollSensor();
    const code = now.state === 'pending' ? 0 : now.state === 'ok' ? 1 : 2;
    const values = now.state === 'ok' ? [now.temperatureTenths, now.humidityTenths] : [0, 0];
    writeInt32s(memory, out, [code, ...values]);
  },
  hal_pin_output: (pin: number, level: number) => hal.setPin(pin, level === 0 ? 0 : 1),
  hal_pixel: (...[pin, order, r, g, b]: [number, number, number, number, number]) =>
    hal.setPixel(pin, memory.text(order, 3), { r, g, b }),
  hal_spi_byte: (selectPin: number, byte: number) => hal.writeSpi(selectPin, byte),
  hal_display: (at: number, sizeBytes: number) => hal.showText(memory.text(at, sizeBytes)),
});

const machineImports = (hal: FirmwareHal, memory: WasmMemory): Imports => ({
  hal_reset_reason: () => hal.resetReason(),
  hal_restart: () => hal.restart(),
  hal_heap: (freeBytes: number, largestBytes: number) => {
    const heap = hal.heap();
    writeInt32s(memory, freeBytes, [heap.freeBytes]);
    writeInt32s(memory, largestBytes, [heap.largestBytes]);
  },
  hal_keep_read: (out: number) => memory.write(out, hal.readKeep().subarray(0, 16)),
  hal_keep_write: (at: number) => hal.writeKeep(memory.bytes(at, 16)),
});

function writeInt32s(memory: WasmMemory, at: number, values: readonly number[]): void {
  const view = memory.view();
  values.forEach((value, index) => view.setInt32(at + 4 * index, value, true));
}
