/** SerialPorts over Web Serial. Knows the picker and the granted ports, nothing of what goes over the line. */
import type { SerialLink, SerialPorts } from '../../ports/serial.ts';
import { cancelled, done, type Outcome } from '../../shared/outcome.ts';
import { isPickerClosed, serialError } from './serial-errors.ts';
import { bridgeFilters } from './usb-bridges.ts';
import { WebSerialLink } from './web-serial-link.ts';

export class WebSerialPorts implements SerialPorts {
  readonly #serial: Serial;
  readonly #links = new WeakMap<SerialPort, WebSerialLink>();
  #listAllNext = false;

  /** @param serial `navigator.serial`, or a stand-in with the same interface. */
  constructor(serial: Serial) {
    this.#serial = serial;
  }

  /** True when the next `request` lists every port, because the board was not among the usual bridges. */
  get listsAllNext(): boolean {
    return this.#listAllNext;
  }

  /**
   * Needs a click. The first picker lists the usual bridges; when it is closed without a choice, the next one lists
   * every port.
   */
  async request(): Promise<Outcome<SerialLink>> {
    const filters = this.#listAllNext ? [] : [...bridgeFilters];
    try {
      const port = await this.#serial.requestPort({ filters });
      this.#listAllNext = false;
      return done(this.#linkOf(port));
    } catch (thrown) {
      if (!isPickerClosed(thrown)) throw serialError(thrown);
      this.#listAllNext = !this.#listAllNext;
      return cancelled;
    }
  }

  async granted(): Promise<SerialLink[]> {
    const ports = await this.#serial.getPorts();
    return ports.map((port) => this.#linkOf(port));
  }

  onPlugged(listener: () => void): () => void {
    this.#serial.addEventListener('connect', listener);
    return () => this.#serial.removeEventListener('connect', listener);
  }

  /** One link a port, until it is unplugged: its replacement starts with a fresh `gone`. */
  #linkOf(port: SerialPort): WebSerialLink {
    const known = this.#links.get(port);
    if (known && !known.gone.aborted) return known;
    const link = new WebSerialLink(port);
    this.#links.set(port, link);
    return link;
  }
}
