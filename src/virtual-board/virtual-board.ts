/**
 * A virtual ESP8266 board behind Web Serial's own interface: USB bridge, reset circuit, chip and flash put together.
 * Knows nothing of who uses the port, and of the program in its flash only the ApplicationHost's contract.
 */
import { systemClock, type Clock } from '../shared/clock.ts';
import type { Bytes } from '../shared/bytes.ts';
import type { ApplicationHost } from './application.ts';
import { Chip } from './chip.ts';
import { FaultInjector, type Faults } from './faults.ts';
import type { ChipMode } from './hardware.ts';
import { garbage, NorFlash } from './nor-flash.ts';
import { seededRandom, type Random } from './random.ts';
import { Registers, type ChipName } from './registers.ts';
import { VirtualSerialPort, type UsbIdPair } from './serial-port.ts';
import { SpiController } from './spi-controller.ts';
import { Timeline, type ModelledWork } from './timing.ts';
import { Uart } from './uart.ts';
import { AutoResetCircuit } from './wiring.ts';

/** Vendor and product id of a virtual board's port: pid.codes' vendor, a product that no hardware has. */
export const virtualUsbIds: UsbIdPair = { usbVendorId: 0x1209, usbProductId: 0x5347 };

const DEFAULT_FLASH_BYTES = 4 * 1024 * 1024;
/** Winbond's maker and family; the capacity's exponent stands above them. */
const WINBOND_FAMILY = 0x40ef;
const DEFAULT_EN_DELAY_MS = 10;

export interface VirtualBoardOptions {
  readonly flashSizeBytes?: number;
  /** JEDEC id as esptool shows it; without it a Winbond of the flash's size, 0x1640ef for 4 MB. */
  readonly flashId?: number;
  /** Six hex pairs with colons. Without it one is made from `seed`. */
  readonly macAddress?: string;
  /** Decides the garbage in flash, the noise, and the MAC address. */
  readonly seed?: number;
  /** `esp32` has another chip's magic number, so that a wrong chip can be refused. */
  readonly chip?: ChipName;
  readonly application?: ApplicationHost;
  readonly clock?: Clock;
  readonly usb?: { readonly vendorId: number; readonly productId: number };
  readonly faults?: Faults;
  /** False: DTR and RTS are not wired, and a reset needs hands (`pressReset`). */
  readonly autoReset?: boolean;
  /** Initial contents, copied; else garbage. Its length is the flash's size. */
  readonly flash?: Uint8Array;
  /** How late EN rises after its transistor lets go. */
  readonly enDelayMs?: number;
  /** How long DTR is ahead of RTS in one `setSignals`. */
  readonly signalGapMs?: number;
  /**
   * How long a write takes to be reported done; without it no time. A page gives its other tasks their turn here, which
   * on hardware they have while bytes are on the wire.
   */
  readonly writeGap?: () => Promise<void>;
}

export class VirtualBoard {
  readonly port: SerialPort;
  readonly flash: NorFlash;
  readonly macAddress: string;
  readonly #port: VirtualSerialPort;
  readonly #chip: Chip;
  readonly #circuit: AutoResetCircuit;
  readonly #uart: Uart;
  readonly #time = new Timeline();
  readonly #random: Random;
  readonly #autoReset: boolean;
  #faults: FaultInjector;

  /** The board has power at once and boots what its flash holds. */
  constructor(options: VirtualBoardOptions = {}) {
    const random = seededRandom(options.seed ?? 1);
    const clock = options.clock ?? systemClock;
    this.#random = random;
    this.#faults = new FaultInjector(options.faults ?? {}, random);
    const faults = (): FaultInjector => this.#faults;
    this.macAddress = options.macAddress ?? macFrom(random);
    this.flash = new NorFlash(initialFlash(options, random), faults);
    this.#uart = new Uart({ ends: this.#uartEnds(), faults, time: this.#time, random });
    const registers = this.#registers(options);
    const { flash } = this;
    const application = options.application ?? null;
    this.#chip = new Chip({
      flash,
      registers,
      uart: this.#uart,
      time: this.#time,
      faults,
      application,
      clock,
    });
    const enDelayMs = options.enDelayMs ?? DEFAULT_EN_DELAY_MS;
    this.#circuit = new AutoResetCircuit({ pins: this.#chip, clock, enDelayMs });
    this.#autoReset = options.autoReset ?? true;
    this.#port = this.#makePort(options, clock);
    // The type package declares SerialPort as a class; what counts is its interface.
    this.port = this.#port as unknown as SerialPort;
    this.#chip.powerOn();
  }

  /** What was done since the start or `resetModelled`, in modelled time. */
  get modelled(): ModelledWork {
    const { seconds, bytesOnWire } = this.#time;
    const { sectorsErased, pagesProgrammed } = this.flash;
    return { seconds, bytesOnWire, sectorsErased, pagesProgrammed };
  }

  get mode(): ChipMode {
    return this.#chip.mode;
  }

  resetModelled(): void {
    this.#time.reset();
    this.flash.resetCounts();
  }

  /** Replaces the faults; their byte counts begin now. */
  setFaults(faults: Faults): void {
    this.#faults = new FaultInjector(faults, this.#random);
    this.#faults.bendFlash(this.flash.bytes, 0, this.flash.sizeBytes, false);
  }

  /** Changes an open bridge's baud rate in place, as drivers can and Web Serial cannot. */
  setBridgeBaudRate(baudRate: number): void {
    if (this.#uart.hostBaudRate !== null) this.#uart.hostBaudRate = baudRate;
  }

  /** Pulls the cable: power and port are gone. */
  unplug(): void {
    this.#circuit.powerOff();
    this.#chip.powerOff();
    this.#uart.hostBaudRate = null;
    this.#port.lose();
  }

  /** Puts the cable back: the board boots, `connect` is fired on the same port. */
  plug(): void {
    if (this.#port.connected) return;
    this.#chip.powerOn();
    this.#port.restore();
  }

  /** Presses RST, with GPIO0 (the FLASH button, or a wire to GND) at a level. Resolves when the chip is out of reset. */
  async pressReset({ gpio0 = 1 }: { gpio0?: 0 | 1 } = {}): Promise<void> {
    await this.#circuit.press(gpio0);
  }

  /** Ends the program and every timer; the board is of no more use. */
  stop(): void {
    this.unplug();
  }

  #uartEnds(): ConstructorParameters<typeof Uart>[0]['ends'] {
    return {
      toChip: (bytes, hostBaudRate) => this.#chip.receive(bytes, hostBaudRate),
      toHost: (bytes, streamError) => this.#port.receive(bytes, streamError),
      unplug: () => this.unplug(),
    };
  }

  #registers(options: VirtualBoardOptions): Registers {
    const flashId = (Math.log2(this.flash.sizeBytes) << 16) | WINBOND_FAMILY;
    const spi = new SpiController(options.flashId ?? flashId);
    return new Registers({
      chip: options.chip ?? 'esp8266',
      macAddress: this.macAddress,
      spi,
      uart: this.#uart,
    });
  }

  #makePort({ usb, signalGapMs = 0, writeGap }: VirtualBoardOptions, clock: Clock): VirtualSerialPort {
    return new VirtualSerialPort({
      usb: usb === undefined ? virtualUsbIds : { usbVendorId: usb.vendorId, usbProductId: usb.productId },
      busy: () => this.#faults.faults.portBusy === true,
      setBaudRate: (baudRate) => {
        this.#uart.hostBaudRate = baudRate;
        if (baudRate !== null) this.#chip.listenerCame();
      },
      transmit: (bytes) => this.#uart.fromHost(bytes),
      setLines: ({ dtr, rts }) => {
        if (this.#autoReset) this.#circuit.setLines(dtr, rts);
      },
      signalGap: () =>
        clock.sleep(signalGapMs, signalGapMs === 0 ? AbortSignal.abort() : new AbortController().signal),
      writeGap: writeGap ?? (() => Promise.resolve()),
    });
  }
}

function initialFlash(options: VirtualBoardOptions, random: Random): Bytes {
  if (options.flash !== undefined) return new Uint8Array(options.flash);
  return garbage(options.flashSizeBytes ?? DEFAULT_FLASH_BYTES, random);
}

/** An Espressif prefix and three bytes of the seed's. */
function macFrom(random: Random): string {
  const tail = Array.from({ length: 3 }, () => random.below(256).toString(16).padStart(2, '0'));
  return ['5c', 'cf', '7f', ...tail].join(':');
}
