/**
 * The demo's composition root: the same page with virtual boards on the cables, a broker inside the page, a database of
 * its own and DEMO- downloads. Only this document may compile WebAssembly.
 */
import { mount } from 'svelte';
import { DemoBoards } from './demo-boards.ts';
import { BrowserDownloads } from './platform/files/browser-downloads.ts';
import { FetchedFirmwareImages } from './platform/files/fetched-firmware-images.ts';
import { BrowserSurroundings } from './platform/page/browser-surroundings.ts';
import { offlinePage } from './platform/offline/offline-page.ts';
import { openBrowserStorage } from './platform/storage/browser-storage.ts';
import { BrowserDurability } from './platform/storage/browser-durability.ts';
import { LocalBrokerMemory } from './platform/storage/local-broker-memory.ts';
import { WebLocksLeases } from './platform/storage/web-locks-leases.ts';
import { sharedJobs } from './platform/workers/shared-jobs.ts';
import { systemClock } from './shared/clock.ts';
import App from './ui/App.svelte';
import { startApp } from './ui/state/app.svelte.ts';
import { storageInMemory } from './ui/state/memory-storage.ts';
import './ui/tokens.css';
import type { Environment } from './workflows/environment.ts';

const clock = systemClock;

const inPageBroker = import('./virtual-broker/virtual-broker.ts').then(
  ({ VirtualBroker }) => new VirtualBroker(),
);

const boards = new DemoBoards(inPageBroker, clock);

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
  serial: { kind: 'ready', ports: boards },
  swapBoard: (link) => boards.swap(link),
  bootloader: async () => new (await import('./platform/serial/esptool-bootloader.ts')).EsptoolBootloader(),
  jobs: sharedJobs(),
  keyMaker: async () => new (await import('./platform/keys/sandboxed-key-maker.ts')).SandboxedKeyMaker(),
  passkeys: async () => new (await import('./platform/keys/webauthn-passkeys.ts')).WebAuthnPasskeys(),
  brokerLink: async () => {
    const { MqttBrokerLink } = await import('./platform/mqtt/mqtt-broker-link.ts');
    const broker = await inPageBroker;
    return new MqttBrokerLink({ clock, random: Math.random, createSocket: () => broker.openSocket() });
  },
  brokerProbe: async () => {
    const { MqttBrokerProbe } = await import('./platform/mqtt/mqtt-broker-probe.ts');
    const broker = await inPageBroker;
    return new MqttBrokerProbe({ clock, createSocket: () => broker.openSocket() });
  },
  // The demo's broker ends with the page, and so does what is remembered of it.
  brokerMemory: new LocalBrokerMemory(storageInMemory(), 'signet-demo'),
  surroundings: new BrowserSurroundings(window, clock),
  histories: async () => {
    const { IndexedDbSeriesStores } = await import('./platform/storage/indexeddb-series-store.ts');
    return new IndexedDbSeriesStores('signet-demo');
  },
  leases: new WebLocksLeases('signet-demo'),
  durability: new BrowserDurability(),
  pageUpdates: offlinePage(),
  downloads: new BrowserDownloads({ prefix: 'DEMO-' }),
  firmware: new FetchedFirmwareImages(new URL('./firmware-bin/', document.baseURI)),
  replay,
};

startApp(environment);
mount(App, { target: document.getElementById('app') ?? document.body });
