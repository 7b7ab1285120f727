/**
 * The chip: power, reset, strapping, and which program its processor runs. Each way out of one program into the next
 * goes through here, so that at any moment exactly one runs.
 */
import { utf8 } from '../shared/bytes.ts';
import type { Clock } from '../shared/clock.ts';
import type { ApplicationHost, ResetCause } from './application.ts';
import { bootFromFlash, bootIntoLoader, type Boot } from './boot-rom.ts';
import type { FaultInjector } from './faults.ts';
import type { ChipMode, Hardware, Program } from './hardware.ts';
import type { NorFlash } from './nor-flash.ts';
import type { Registers } from './registers.ts';
import { RomLoader } from './rom-loader.ts';
import { RunningProgram } from './running-program.ts';
import { StubLoader } from './stub-loader.ts';
import type { Timeline } from './timing.ts';
import { BOOT_BAUD_RATE, type Uart } from './uart.ts';
import type { ResetPins } from './wiring.ts';

const RTC_MEMORY_BYTES = 512;
const WATCHDOG_MS = 8_000;

export interface ChipParts {
  readonly flash: NorFlash;
  readonly registers: Registers;
  readonly uart: Uart;
  readonly time: Timeline;
  readonly faults: () => FaultInjector;
  readonly application: ApplicationHost | null;
  readonly clock: Clock;
}

export class Chip implements ResetPins {
  readonly #parts: ChipParts;
  readonly #hardware: Hardware;
  readonly #rtcMemory = new Uint8Array(RTC_MEMORY_BYTES);
  #program: Program = idle('off');
  #watchdog = new AbortController();
  #strappedGpio0: 0 | 1 = 1;

  constructor(parts: ChipParts) {
    this.#parts = parts;
    this.#hardware = {
      flash: parts.flash,
      registers: parts.registers,
      uart: parts.uart,
      time: parts.time,
      faults: parts.faults,
      startStub: () => this.#startStub(),
      runUserCode: () => this.#bootFlash('software'),
      reset: () => this.#boot('software'),
    };
  }

  get mode(): ChipMode {
    return this.#program.mode;
  }

  powerOn(): void {
    this.#rtcMemory.fill(0);
    this.#strappedGpio0 = 1;
    this.#boot('power');
  }

  powerOff(): void {
    this.#run(idle('off'));
  }

  hold(): void {
    if (this.mode !== 'off') this.#run(idle('held'));
  }

  release(gpio0: 0 | 1): void {
    if (this.mode === 'off') return;
    this.#strappedGpio0 = gpio0;
    this.#boot('external');
  }

  receive(bytes: Uint8Array, hostBaudRate: number): void {
    this.#program.receive(bytes, hostBaudRate);
  }

  /** A chip that crashed prints its end again and again; nobody needs to hear it while the port is closed. */
  listenerCame(): void {
    if (this.mode === 'crashed') void this.#awaitWatchdog();
  }

  #boot(cause: ResetCause): void {
    if (this.#strappedGpio0 === 1) {
      this.#bootFlash(cause);
      return;
    }
    this.#run(idle('held'));
    this.#print(bootIntoLoader(cause));
    this.#run(new RomLoader(this.#hardware));
  }

  #bootFlash(cause: ResetCause): void {
    this.#run(idle('held'));
    const boot = bootFromFlash(cause, this.#parts.flash);
    this.#print(boot);
    if (boot.starts) this.#startApplication(cause);
    else this.#crash();
  }

  #startApplication(resetCause: ResetCause): void {
    const program = new RunningProgram();
    this.#run(program);
    const { application, clock } = this.#parts;
    if (application === null) return;
    const restart = (): void => this.#boot('software');
    void program.start(application, {
      hardware: this.#hardware,
      clock,
      resetCause,
      rtcMemory: this.#rtcMemory,
      restart,
    });
  }

  #startStub(): void {
    const stub = new StubLoader(this.#hardware);
    this.#run(stub);
    stub.start();
  }

  #crash(): void {
    this.#run(idle('crashed'));
    if (this.#parts.uart.hostBaudRate !== null) void this.#awaitWatchdog();
  }

  async #awaitWatchdog(): Promise<void> {
    this.#watchdog.abort();
    const watchdog = new AbortController();
    this.#watchdog = watchdog;
    await this.#parts.clock.sleep(WATCHDOG_MS, watchdog.signal);
    if (!watchdog.signal.aborted) this.#boot('watchdog');
  }

  #print({ text }: Boot): void {
    this.#parts.uart.baudRate = BOOT_BAUD_RATE;
    this.#parts.uart.send(utf8(text));
  }

  #run(program: Program): void {
    this.#watchdog.abort();
    const previous = this.#program;
    this.#program = program;
    previous.stop();
  }
}

function idle(mode: 'off' | 'held' | 'crashed'): Program {
  return { mode, receive: () => undefined, stop: () => undefined };
}
