/** The page's composition root: real adapters behind the ports, then the UI. Fetched when it is first needed. */
import { mount } from 'svelte';
import { systemClock } from './shared/clock.ts';
import { BrowserDownloads } from './platform/files/browser-downloads.ts';
import { FetchedFirmwareImages } from './platform/files/fetched-firmware-images.ts';
import { BrowserSurroundings, onPolicyViolation } from './platform/page/browser-surroundings.ts';
import { missingSerial } from './platform/serial/serial-support.ts';
import { WebSerialPorts } from './platform/serial/web-serial-ports.ts';
import { openBrowserStorage } from './platform/storage/browser-storage.ts';
import { BrowserDurability } from './platform/storage/browser-durability.ts';
import { LocalBrokerMemory } from './platform/storage/local-broker-memory.ts';
import { WebLocksLeases } from './platform/storage/web-locks-leases.ts';
import { sharedJobs } from './platform/workers/shared-jobs.ts';
import type { Environment } from './workflows/environment.ts';
import App from './ui/App.svelte';
import { placeHref } from './ui/state/place.svelte.ts';
import { startApp } from './ui/state/app.svelte.ts';

function serialPorts(): Environment['serial'] {
  const why = missingSerial(window);
  return why ? { kind: 'missing', why } : { kind: 'ready', ports: new WebSerialPorts(navigator.serial) };
}

const onNetworkReturn = (listener: () => void): (() => void) => {
  window.addEventListener('online', listener);
  return () => window.removeEventListener('online', listener);
};

const openEnvironment = async (): Promise<Environment> => ({
  kind: 'main',
  clock: systemClock,
  crypto,
  ...(await openBrowserStorage('signet', systemClock)),
  serial: serialPorts(),
  bootloader: async () => new (await import('./platform/serial/esptool-bootloader.ts')).EsptoolBootloader(),
  jobs: sharedJobs(),
  keyMaker: async () => new (await import('./platform/keys/sandboxed-key-maker.ts')).SandboxedKeyMaker(),
  passkeys: async () => new (await import('./platform/keys/webauthn-passkeys.ts')).WebAuthnPasskeys(),
  brokerLink: async () => {
    const { MqttBrokerLink } = await import('./platform/mqtt/mqtt-broker-link.ts');
    return new MqttBrokerLink({ clock: systemClock, random: Math.random, onNetworkReturn });
  },
  brokerProbe: async () => {
    const { MqttBrokerProbe } = await import('./platform/mqtt/mqtt-broker-probe.ts');
    return new MqttBrokerProbe({ clock: systemClock, onPolicyViolation });
  },
  brokerMemory: new LocalBrokerMemory(localStorage, 'signet'),
  surroundings: new BrowserSurroundings(window, systemClock),
  leases: new WebLocksLeases('signet'),
  durability: new BrowserDurability(),
  downloads: new BrowserDownloads(),
  firmware: new FetchedFirmwareImages(new URL('./firmware-bin/', document.baseURI)),
});

/**
 * Opens the page in `target`, on the form for a new project or on the place of its address; `leave` takes away what
 * stands there, once nothing can fail any more.
 */
export async function openPage(
  target: HTMLElement,
  first: 'form' | 'place',
  leave: () => void = () => undefined,
): Promise<void> {
  const environment = await openEnvironment();
  if (first === 'form') window.location.hash = placeHref('start', 'new');
  startApp(environment);
  leave();
  mount(App, { target });
}
