/** The page's composition root: real adapters behind the ports, then the UI. */
import { mount } from 'svelte';
import { systemClock } from './shared/clock.ts';
import { BrowserDownloads } from './platform/files/browser-downloads.ts';
import { FetchedFirmwareImages } from './platform/files/fetched-firmware-images.ts';
import { WebSerialPorts } from './platform/serial/web-serial-ports.ts';
import { openBrowserStorage } from './platform/storage/browser-storage.ts';
import type { Environment } from './workflows/environment.ts';
import App from './ui/App.svelte';
import { startApp } from './ui/state/app.svelte.ts';
import './ui/tokens.css';

function serialPorts(): Environment['serial'] {
  if (!window.isSecureContext) return { kind: 'missing', why: 'insecure-page' };
  if (!('serial' in navigator)) return { kind: 'missing', why: 'no-web-serial' };
  return { kind: 'ready', ports: new WebSerialPorts(navigator.serial) };
}

const onNetworkReturn = (listener: () => void): (() => void) => {
  window.addEventListener('online', listener);
  return () => window.removeEventListener('online', listener);
};

const environment: Environment = {
  kind: 'main',
  clock: systemClock,
  crypto,
  ...(await openBrowserStorage('signet', systemClock)),
  serial: serialPorts(),
  bootloader: async () => new (await import('./platform/serial/esptool-bootloader.ts')).EsptoolBootloader(),
  jobs: async () => new (await import('./platform/workers/worker-jobs.ts')).WorkerJobs(),
  brokerLink: async () => {
    const { MqttBrokerLink } = await import('./platform/mqtt/mqtt-broker-link.ts');
    return new MqttBrokerLink({ clock: systemClock, random: Math.random, onNetworkReturn });
  },
  downloads: new BrowserDownloads(),
  firmware: new FetchedFirmwareImages(new URL('./firmware-bin/', document.baseURI)),
};

startApp(environment);
mount(App, { target: document.getElementById('app') ?? document.body });
