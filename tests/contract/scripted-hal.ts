/**
 * firmware/test/scripted-hal.cpp once more, for the WebAssembly: a machine whose every answer is scripted. What the core
 * does is written down in the same lines; the two transcripts must be equal.
 */
import { toHex } from '../../src/shared/bytes.ts';
import type {
  FirmwareHal,
  NetStatus,
  SensorStatus,
  WifiStatus,
} from '../../src/virtual-board/firmware/firmware-hal.ts';

export class ScriptedHal implements FirmwareHal {
  nowMs = 0;
  unixAtMs = 0;
  unixSetMs = 0;
  zoneOffsetS = 0;
  nextRandom = 0;
  hasFiles = true;
  mayWrite = true;
  isRestarting = false;
  reason = 0;
  keep = new Uint8Array(16);
  readonly files = new Map<string, Uint8Array>();
  wifi: WifiStatus = { state: 'idle', rssi: 0, ip: [0, 0, 0, 0] };
  net: NetStatus = { state: 'closed' };
  sensor: SensorStatus = { state: 'failed' };
  serialIn: number[] = [];
  netIn: number[] = [];
  readChunk = 100_000;
  writeChunk = 100_000;
  isGone = false;
  lines: string[] = [];

  private note(line: string): void {
    this.lines.push(`${this.nowMs} ${line}`);
  }

  millis = (): number => this.nowMs;
  startTime = (servers: string, zone: string): void => this.note(`time start ${servers} ${zone}`);
  zoneOffset = (): number => this.zoneOffsetS;
  unixMs = (): number => (this.unixAtMs === 0 ? 0 : this.unixAtMs + this.nowMs - this.unixSetMs);
  random = (sizeBytes: number): Uint8Array => Uint8Array.from({ length: sizeBytes }, () => this.nextRandom++);

  openSerial = (baudRate: number): void => this.note(`serial open ${baudRate}`);
  writeSerial = (bytes: Uint8Array): void => this.note(`serial ${toHex(bytes)}`);
  readSerial = (capacity: number): Uint8Array => Uint8Array.from(this.serialIn.splice(0, capacity));

  mountFiles = (): boolean => this.hasFiles;
  readFile = (path: string): Uint8Array | null => this.files.get(path) ?? null;
  replaceFile = (path: string, bytes: Uint8Array): boolean => {
    this.note(`file ${path} ${toHex(bytes)}`);
    if (this.mayWrite) this.files.set(path, bytes);
    return this.mayWrite;
  };
  appendFile = (path: string, bytes: Uint8Array): boolean => {
    this.note(`append ${path} ${toHex(bytes)}`);
    if (this.mayWrite) this.files.set(path, Uint8Array.of(...(this.files.get(path) ?? []), ...bytes));
    return this.mayWrite;
  };

  joinWifi: FirmwareHal['joinWifi'] = ({ ssid, psk, hostName }) =>
    this.note(`wifi join ${toHex(ssid)} ${toHex(new TextEncoder().encode(psk))} ${hostName}`);
  leaveWifi = (): void => this.note('wifi leave');
  pollWifi = (): WifiStatus => this.wifi;

  openNet: FirmwareHal['openNet'] = (host, port, tls) => {
    this.netIn = [];
    this.isGone = false;
    const sizes = `${tls.anchors.length} ${tls.certificate.length} ${tls.key.length}`;
    const mode = tls.mode === 'sha1' ? 1 : 0;
    this.note(`net open ${host} ${port} ${sizes} ${toHex(tls.pin)} ${mode} ${tls.fragment} ${tls.nowMs}`);
  };
  pollNet = (): NetStatus => this.net;
  readNet = (capacity: number): Uint8Array | null => {
    if (this.netIn.length === 0 && this.isGone) return null;
    return Uint8Array.from(this.netIn.splice(0, Math.min(capacity, this.readChunk)));
  };
  writeNet = (bytes: Uint8Array): number => {
    if (this.isGone) return -1;
    const part = bytes.subarray(0, this.writeChunk);
    this.note(`net out ${toHex(part)}`);
    return part.length;
  };
  closeNet = (): void => this.note('net close');

  startSensor: FirmwareHal['startSensor'] = (type, pin) =>
    this.note(`sensor ${type === 'dht11' ? 1 : 2} ${pin}`);
  pollSensor = (): SensorStatus => this.sensor;
  setPin: FirmwareHal['setPin'] = (pin, level) => this.note(`pin ${pin} ${level}`);
  setPixel: FirmwareHal['setPixel'] = (pin, order, { r, g, b }) =>
    this.note(`pixel ${pin} ${order} ${r} ${g} ${b}`);
  writeSpi = (selectPin: number, byte: number): void => this.note(`spi ${selectPin} ${byte}`);
  showText = (text: string): void => this.note(`display ${toHex(new TextEncoder().encode(text))}`);

  resetReason = (): number => this.reason;
  restart = (): void => {
    this.note('restart');
    this.isRestarting = true;
  };
  heap = (): { freeBytes: number; largestBytes: number } => ({ freeBytes: 23_100, largestBytes: 18_000 });
  readKeep = (): Uint8Array => this.keep;
  writeKeep = (bytes: Uint8Array): void => {
    this.keep = Uint8Array.from(bytes);
    this.note(`keep ${toHex(bytes)}`);
  };
}
