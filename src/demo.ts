/**
 * The demo's composition root: the same page with virtual boards on the cables, a broker inside the page, a database of
 * its own and DEMO- downloads. Only this document may compile WebAssembly.
 */
import { mount } from 'svelte';
import { DemoBoards } from './demo-boards.ts';
import { BrowserDownloads } from './platform/files/browser-downloads.ts';
import { FetchedFirmwareImages } from './platform/files/fetched-firmware-images.ts';
import { openBrowserStorage } from './platform/storage/browser-storage.ts';
import { WebLocksLeases } from './platform/storage/web-locks-leases.ts';
import { sharedJobs } from './platform/workers/shared-jobs.ts';
import { systemClock } from './shared/clock.ts';
import App from './ui/App.svelte';
import { startApp } from './ui/state/app.svelte.ts';
import './ui/tokens.css';
import type { Environment } from './workflows/environment.ts';

const clock = systemClock;

const inPageBroker = import('./virtual-broker/virtual-broker.ts').then(
  ({ VirtualBroker }) => new VirtualBroker(),
);

const boards = new DemoBoards(inPageBroker, clock);

const environment: Environment = {
  kind: 'demo',
  clock,
  crypto,
  ...(await openBrowserStorage('signet-demo', clock)),
  serial: { kind: 'ready', ports: boards },
  swapBoard: (link) => boards.swap(link),
  bootloader: async () => new (await import('./platform/serial/esptool-bootloader.ts')).EsptoolBootloader(),
  jobs: sharedJobs(),
  brokerLink: async () => {
    const { MqttBrokerLink } = await import('./platform/mqtt/mqtt-broker-link.ts');
    const broker = await inPageBroker;
    return new MqttBrokerLink({ clock, random: Math.random, createSocket: () => broker.openSocket() });
  },
  leases: new WebLocksLeases('signet-demo'),
  downloads: new BrowserDownloads({ prefix: 'DEMO-' }),
  firmware: new FetchedFirmwareImages(new URL('./firmware-bin/', document.baseURI)),
};

startApp(environment);
mount(App, { target: document.getElementById('app') ?? document.body });
