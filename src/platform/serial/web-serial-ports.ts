/** SerialPorts over Web Serial. Knows the picker and the granted ports, nothing of what goes over the line. */
import type { PortChange, SerialLink, SerialPorts } from '../../ports/serial.ts';
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
    // An unplugged port may still be listed.
    const present = ports.filter(({ connected }) => (connected as boolean | undefined) !== false);
    return present.map((port) => this.#linkOf(port));
  }

  onChange(listener: (what: PortChange) => void): () => void {
    const changes = [
      ['connect', () => listener('plugged')],
      ['disconnect', () => listener('unplugged')],
    ] as const;
    for (const [event, tell] of changes) this.#serial.addEventListener(event, tell);
    return () => {
      for (const [event, tell] of changes) this.#serial.removeEventListener(event, tell);
    };
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
