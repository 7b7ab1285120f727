/** A field report that comes alive on a board of its own: its console and its way up, apart from the cable's. */
import type { BringUp } from '../../commissioning/bring-up.ts';
import { noBringUps, reduceSighting } from '../../commissioning/bring-ups.ts';
import type { FieldReport } from '../../console/field-report.ts';
import type { ReplayedBoard } from '../../workflows/environment.ts';
import { AppError } from '../../shared/errors.ts';
import { ConsoleState } from './console.svelte.ts';

export class ReplayState {
  readonly console: ConsoleState;
  bringUps = $state.raw(noBringUps);
  readonly #board: ReplayedBoard;

  constructor(board: ReplayedBoard, report: FieldReport) {
    this.#board = board;
    this.console = new ConsoleState({
      link: () => board.link,
      deviceId: () => null,
      claim: () => Promise.resolve(true),
      release: () => undefined,
      regain: () => Promise.reject(new AppError('serial.gone')),
      onPlugged: () => () => undefined,
      asksForState: false,
    });
    this.console.baudRate = report.serial.baudRate;
  }

  /** Of the device that said its name, or of the one that did not. */
  get bringUp(): BringUp | null {
    return Object.values(this.bringUps.devices).at(-1) ?? this.bringUps.unnamed;
  }

  /** From the first line on. */
  async start(): Promise<void> {
    await this.console.follow(null, (sighting) => {
      this.bringUps = reduceSighting(this.bringUps, sighting);
    });
    await this.restart();
  }

  /** What was said before is of the start before. */
  async restart(): Promise<void> {
    await this.console.reset();
    this.bringUps = noBringUps;
    this.console.screen.clear();
  }

  async end(): Promise<void> {
    await this.console.stop();
    this.#board.end();
  }
}
