/**
 * The demo's composition root: the same page with a virtual board on the cable, a broker inside the page, a database of
 * its own and DEMO- downloads. Only this document may compile WebAssembly.
 */
import { mount } from 'svelte';
import { layoutNamed } from './contract/flash-layouts.ts';
import { BrowserDownloads } from './platform/files/browser-downloads.ts';
import { FetchedFirmwareImages } from './platform/files/fetched-firmware-images.ts';
import { WebSerialPorts } from './platform/serial/web-serial-ports.ts';
import { openBrowserStorage } from './platform/storage/browser-storage.ts';
import { systemClock } from './shared/clock.ts';
import App from './ui/App.svelte';
import { startApp } from './ui/state/app.svelte.ts';
import './ui/tokens.css';
import type { Environment } from './workflows/environment.ts';

const clock = systemClock;

/** Web Serial with one port, whose picker always chooses it. The board's code is fetched when it is first wanted. */
function virtualSerial(): Serial {
  let port: Promise<SerialPort> | null = null;
  const serial = Object.assign(new EventTarget(), {
    requestPort: () => (port ??= virtualPort()),
    getPorts: () => Promise.resolve([]),
  });
  return serial as unknown as Serial;
}

const inPageBroker = import('./virtual-broker/virtual-broker.ts').then(
  ({ VirtualBroker }) => new VirtualBroker(),
);

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

async function virtualPort(): Promise<SerialPort> {
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
    network: inPageNetwork(await inPageBroker, clock),
    sensor: createDriftingSensor(() => clock.monotonicMs()),
    unixMs: () => clock.nowMs(),
  });
  const seed = Math.floor(Math.random() * 2 ** 31);
  return new VirtualBoard({ application, seed, writeGap: nextTask }).port;
}

const replay: NonNullable<Environment['replay']> = async (report, speed) => {
  const [{ VirtualBoard }, { replayBoardOf }, { WebSerialLink }] = await Promise.all([
    import('./virtual-board/virtual-board.ts'),
    import('./workflows/field-report.ts'),
    import('./platform/serial/web-serial-link.ts'),
  ]);
  const board = new VirtualBoard(replayBoardOf(report, speed));
  return { link: new WebSerialLink(board.port), end: () => board.stop() };
};

const environment: Environment = {
  kind: 'demo',
  clock,
  crypto,
  ...(await openBrowserStorage('signet-demo', clock)),
  serial: { kind: 'ready', ports: new WebSerialPorts(virtualSerial()) },
  bootloader: async () => new (await import('./platform/serial/esptool-bootloader.ts')).EsptoolBootloader(),
  jobs: async () => new (await import('./platform/workers/worker-jobs.ts')).WorkerJobs(),
  brokerLink: async () => {
    const { MqttBrokerLink } = await import('./platform/mqtt/mqtt-broker-link.ts');
    const broker = await inPageBroker;
    return new MqttBrokerLink({ clock, random: Math.random, createSocket: () => broker.openSocket() });
  },
  downloads: new BrowserDownloads({ prefix: 'DEMO-' }),
  firmware: new FetchedFirmwareImages(new URL('./firmware-bin/', document.baseURI)),
  replay,
};

startApp(environment);
mount(App, { target: document.getElementById('app') ?? document.body });
