/**
 * The virtual board as the firmware sees it: UART, RTC memory and clock are the machine's; files, network and sensor
 * come from the options. Knows nothing of WebAssembly.
 */
import { concatBytes } from '../../shared/bytes.ts';
import type { Machine } from '../application.ts';
import type {
  FirmwareHal,
  NetStatus,
  PixelColour,
  SensorStatus,
  TlsOptions,
  WifiCredentials,
  WifiStatus,
} from './firmware-hal.ts';
import type { FirmwareConnection, FirmwareNetwork } from './firmware-network.ts';
import { parsePosixZone } from './posix-zone.ts';

/** The board's file system; the composition root makes one from littlefs/. */
export interface DeviceFiles {
  /** False when there is no file system that mounts; it is never formatted. */
  mount(): boolean;
  read(path: string): Uint8Array | null;
  /** Replaces the whole file, or throws and leaves the old content. */
  replace(path: string, bytes: Uint8Array): void;
}

export interface SensorValue {
  readonly temperatureTenths: number;
  readonly humidityTenths: number;
}

/** What a person would see on the board. */
export type BoardOutput =
  | { readonly kind: 'pin'; readonly pin: number; readonly level: 0 | 1 }
  | ({ readonly kind: 'pixel'; readonly pin: number } & PixelColour)
  | { readonly kind: 'spi'; readonly byte: number }
  | { readonly kind: 'display'; readonly text: string };

export interface BoardSurroundings {
  readonly files: DeviceFiles;
  readonly network: FirmwareNetwork;
  /** The value at the sensor's wire now, or null when nothing answers. */
  sensor(): SensorValue | null;
  /** What a time server would answer, Unix ms. */
  unixMs(): number;
  onOutput(output: BoardOutput): void;
  /** The firmware asked for a restart: it must not run on. */
  onRestart(): void;
}

const keepOffset = 480;
const keepSizeBytes = 16;
const sensorMs = 20;
const timeServerMs = 200;
/** What a chip has left with TLS open, roughly; nothing here measures it. */
const plausibleHeap = { freeBytes: 26_000, largestBytes: 20_000 };
const noWifi: WifiStatus = { state: 'idle', rssi: 0, ip: [0, 0, 0, 0] };
const noConnection: NetStatus = { state: 'closed' };

export function createMachineHal(machine: Machine, around: BoardSurroundings): FirmwareHal {
  const startMs = machine.clock.monotonicMs();
  const millis = (): number => machine.clock.monotonicMs() - startMs;
  const keep = machine.rtcMemory.subarray(keepOffset, keepOffset + keepSizeBytes);
  return {
    millis,
    ...timePart(millis, around),
    ...serialPart(machine),
    ...filePart(around.files),
    ...wifiPart(around.network),
    ...netPart(around.network),
    ...sensorPart(millis, around),
    ...outputPart(around),
    random: (sizeBytes) => crypto.getRandomValues(new Uint8Array(sizeBytes)),
    resetReason: () => ['power', 'external', 'software', 'watchdog'].indexOf(machine.resetCause),
    restart: () => around.onRestart(),
    heap: () => plausibleHeap,
    readKeep: () => keep.slice(),
    writeKeep: (bytes) => keep.set(bytes.subarray(0, keepSizeBytes)),
  };
}

function timePart(
  millis: () => number,
  around: BoardSurroundings,
): Pick<FirmwareHal, 'startTime' | 'zoneOffset' | 'unixMs'> {
  let askedMs: number | null = null;
  let zone = parsePosixZone('');
  return {
    startTime: (_servers, posixZone) => {
      askedMs = millis();
      zone = parsePosixZone(posixZone);
    },
    zoneOffset: (unixS) => zone(unixS),
    unixMs: () => (askedMs !== null && millis() - askedMs >= timeServerMs ? around.unixMs() : 0),
  };
}

function serialPart(machine: Machine): Pick<FirmwareHal, 'openSerial' | 'writeSerial' | 'readSerial'> {
  let baudRate = 115_200;
  let waiting = new Uint8Array(0);
  return {
    openSerial: (rate) => {
      baudRate = rate;
    },
    writeSerial: (bytes) => machine.uartWrite(bytes, baudRate),
    readSerial: (capacity) => {
      if (waiting.length === 0) waiting = Uint8Array.from(machine.uartRead());
      const part = waiting.subarray(0, capacity);
      waiting = waiting.slice(part.length);
      return part;
    },
  };
}

function filePart(
  files: DeviceFiles,
): Pick<FirmwareHal, 'mountFiles' | 'readFile' | 'replaceFile' | 'appendFile'> {
  const replaceFile = (path: string, bytes: Uint8Array): boolean => {
    try {
      files.replace(path, bytes);
      return true;
    } catch {
      return false; // the firmware has its own answer to a full or worn file system
    }
  };
  return {
    mountFiles: () => files.mount(),
    readFile: (path) => files.read(path),
    replaceFile,
    appendFile: (path, bytes) =>
      replaceFile(path, concatBytes([files.read(path) ?? new Uint8Array(0), bytes])),
  };
}

function wifiPart(network: FirmwareNetwork): Pick<FirmwareHal, 'joinWifi' | 'leaveWifi' | 'pollWifi'> {
  let joined: ReturnType<FirmwareNetwork['join']> | null = null;
  const leave = (): void => {
    joined?.leave();
    joined = null;
  };
  return {
    joinWifi: (credentials: WifiCredentials) => {
      leave();
      joined = network.join(credentials);
    },
    leaveWifi: leave,
    pollWifi: () => joined?.poll() ?? noWifi,
  };
}

function netPart(
  network: FirmwareNetwork,
): Pick<FirmwareHal, 'openNet' | 'pollNet' | 'readNet' | 'writeNet' | 'closeNet'> {
  let connection: FirmwareConnection | null = null;
  const close = (): void => {
    connection?.close();
    connection = null;
  };
  return {
    openNet: (host: string, port: number, tls: TlsOptions) => {
      close();
      connection = network.open(host, port, tls);
    },
    pollNet: () => {
      const now = connection?.poll() ?? noConnection;
      return network.simulated ? { ...now, isSimulated: true } : now;
    },
    readNet: (capacity) => connection?.read(capacity) ?? null,
    writeNet: (bytes) => connection?.write(bytes) ?? -1,
    closeNet: close,
  };
}

function sensorPart(
  millis: () => number,
  around: BoardSurroundings,
): Pick<FirmwareHal, 'startSensor' | 'pollSensor'> {
  let startedMs = 0;
  const read = (): SensorStatus => {
    const value = around.sensor();
    return value ? { state: 'ok', ...value } : { state: 'failed' };
  };
  return {
    startSensor: () => {
      startedMs = millis();
    },
    pollSensor: () => (millis() - startedMs < sensorMs ? { state: 'pending' } : read()),
  };
}

const outputPart = (
  around: BoardSurroundings,
): Pick<FirmwareHal, 'setPin' | 'setPixel' | 'writeSpi' | 'showText'> => ({
  setPin: (pin, level) => around.onOutput({ kind: 'pin', pin, level }),
  setPixel: (pin, _order, colour) => around.onOutput({ kind: 'pixel', pin, ...colour }),
  writeSpi: (_selectPin, byte) => around.onOutput({ kind: 'spi', byte }),
  showText: (text) => around.onOutput({ kind: 'display', text }),
});
