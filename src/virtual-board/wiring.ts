/**
 * The two-transistor circuit between the bridge's DTR and RTS and the chip's EN and GPIO0:
 * RTS alone pulls EN low, DTR alone pulls GPIO0 low, both together pull neither. EN rises late, through its capacitor;
 * GPIO0's level at that moment decides between program and loader.
 */
import type { Clock } from '../shared/clock.ts';

export interface ResetPins {
  /** EN fell: the chip stands still. */
  hold(): void;
  /** EN rose. */
  release(gpio0: 0 | 1): void;
}

export class AutoResetCircuit {
  readonly #pins: ResetPins;
  readonly #clock: Clock;
  readonly #enDelayMs: number;
  #rising = new AbortController();
  #enLow = false;
  #gpio0: 0 | 1 = 1;

  constructor(options: { pins: ResetPins; clock: Clock; enDelayMs: number }) {
    this.#pins = options.pins;
    this.#clock = options.clock;
    this.#enDelayMs = options.enDelayMs;
  }

  /** Both lines at once; `true` is asserted. */
  setLines(dtr: boolean, rts: boolean): void {
    this.#gpio0 = dtr && !rts ? 0 : 1;
    this.#setEn(rts && !dtr);
  }

  /** Hands on the board's buttons; resolves when the chip runs. */
  async press(gpio0: 0 | 1): Promise<void> {
    this.#setEn(true);
    this.#gpio0 = gpio0;
    this.#enLow = false;
    await this.#rise();
    this.#gpio0 = 1;
  }

  /** No power: both pins float back, a rise under way is forgotten. */
  powerOff(): void {
    this.#rising.abort();
    this.#enLow = false;
    this.#gpio0 = 1;
  }

  #setEn(low: boolean): void {
    if (low === this.#enLow) return;
    this.#enLow = low;
    if (!low) {
      void this.#rise();
      return;
    }
    this.#rising.abort();
    this.#pins.hold();
  }

  async #rise(): Promise<void> {
    const rising = new AbortController();
    this.#rising = rising;
    await this.#clock.sleep(this.#enDelayMs, rising.signal);
    if (!rising.signal.aborted) this.#pins.release(this.#gpio0);
  }
}
