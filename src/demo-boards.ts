/**
 * The demo's cables: each press of the picker plugs in a further virtual board, and a board can be swapped for a new one.
 * A part of the demo's composition root; the boards' code is fetched when one is first wanted.
 */
import { layoutNamed } from './contract/flash-layouts.ts';
import { WebSerialLink } from './platform/serial/web-serial-link.ts';
import type { PortChange, SerialLink, SerialPorts } from './ports/serial.ts';
import type { Clock } from './shared/clock.ts';
import { done, type Outcome } from './shared/outcome.ts';
import type { VirtualBoard } from './virtual-board/virtual-board.ts';
import type { InPageBroker } from './workflows/in-page-network.ts';

/** Lets the page draw and answer first. A timer would do as well, but hidden pages have few of them. */
const nextTask = (): Promise<void> =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });

export class DemoBoards implements SerialPorts {
  readonly #broker: Promise<InPageBroker>;
  readonly #clock: Clock;
  readonly #boards = new Map<SerialLink, VirtualBoard>();
  readonly #listeners = new Set<(what: PortChange) => void>();

  constructor(broker: Promise<InPageBroker>, clock: Clock) {
    this.#broker = broker;
    this.#clock = clock;
  }

  async request(): Promise<Outcome<SerialLink>> {
    return done(await this.#plugIn());
  }

  granted(): Promise<SerialLink[]> {
    return Promise.resolve([...this.#boards.keys()]);
  }

  onChange(listener: (what: PortChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The board on this cable goes, with what it was in the middle of; a new one comes. */
  async swap(link: SerialLink): Promise<void> {
    this.#boards.get(link)?.stop();
    this.#boards.delete(link);
    this.#tell('unplugged');
    await this.#plugIn();
    this.#tell('plugged');
  }

  #tell(what: PortChange): void {
    for (const listener of this.#listeners) listener(what);
  }

  async #plugIn(): Promise<SerialLink> {
    const board = await this.#makeBoard();
    const link = new WebSerialLink(board.port);
    this.#boards.set(link, board);
    return link;
  }

  async #makeBoard(): Promise<VirtualBoard> {
    const [
      { VirtualBoard },
      { createFirmwareHost },
      { createDriftingSensor },
      { littlefsDeviceFiles },
      { inPageNetwork },
    ] = await Promise.all([
      import('./virtual-board/virtual-board.ts'),
      import('./virtual-board/firmware/firmware-host.ts'),
      import('./virtual-board/firmware/drifting-sensor.ts'),
      import('./workflows/device-files.ts'),
      import('./workflows/in-page-network.ts'),
    ]);
    const clock = this.#clock;
    const application = createFirmwareHost({
      files: (machine, layoutName) =>
        littlefsDeviceFiles(
          {
            read: (offset, sizeBytes) => machine.readFlash(offset, sizeBytes),
            erase: (offset, sizeBytes) => machine.eraseFlash(offset, sizeBytes),
            program: (offset, bytes) => machine.programFlash(offset, bytes),
          },
          layoutNamed(layoutName),
        ),
      network: inPageNetwork(await this.#broker, clock),
      sensor: createDriftingSensor(() => clock.monotonicMs()),
      unixMs: () => clock.nowMs(),
    });
    const seed = Math.floor(Math.random() * 2 ** 31);
    return new VirtualBoard({ application, seed, writeGap: nextTask });
  }
}
