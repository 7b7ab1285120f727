/**
 * Bootloader over esptool-js 0.7: the fast way in first, then the one that always works. Knows nothing of what will be
 * written.
 */
import type { Bootloader, FlashSession } from '../../ports/bootloader.ts';
import type { SerialLink } from '../../ports/serial.ts';
import { type Clock, systemClock } from '../../shared/clock.ts';
import { cancelled, done, type Outcome } from '../../shared/outcome.ts';
import { type ConnectOptions, LoaderConnection, ROM_BAUD_RATE } from './loader-connection.ts';
import { loaderError } from './loader-errors.ts';

export class EsptoolBootloader implements Bootloader {
  readonly #clock: Clock;
  /** Boards whose ROM did not follow at full speed, or that are reset by hand. */
  readonly #slowStarters = new WeakSet<SerialLink>();

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /**
   * Progress counts reset sequences tried. The session's `baudRate` is lower than asked when the line was bad.
   * @throws AppError flash.no-answer, flash.loader-failed, flash.timed-out, serial.port-busy, serial.gone
   */
  async connect(link: SerialLink, options: ConnectOptions): Promise<Outcome<FlashSession>> {
    const connection = new LoaderConnection(link, this.#clock, options);
    try {
      const session = await this.#enter(connection, link, options.baudRate);
      if (session) return done(session);
    } catch (thrown) {
      await connection.giveUp();
      throw loaderError('connecting', thrown);
    }
    await connection.giveUp();
    return cancelled;
  }

  async #enter(
    connection: LoaderConnection,
    link: SerialLink,
    baudRate: number,
  ): Promise<FlashSession | null> {
    if (baudRate > ROM_BAUD_RATE && !this.#slowStarters.has(link)) {
      const session = await connection.enterAtOnce();
      if (session) return session;
      this.#slowStarters.add(link);
    }
    return connection.enter();
  }
}
