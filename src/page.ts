/** The page's composition root: real adapters behind the ports, then the UI. Fetched when it is first needed. */
import { mount } from 'svelte';
import { systemClock } from './shared/clock.ts';
import { BrowserDownloads } from './platform/files/browser-downloads.ts';
import { FetchedFirmwareImages } from './platform/files/fetched-firmware-images.ts';
import { BrowserSurroundings, onPolicyViolation } from './platform/page/browser-surroundings.ts';
import { offlinePage } from './platform/offline/offline-page.ts';
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

/** Network or person are back: what waits may try at once. */
const onReturn = (listener: () => void): (() => void) => {
  const onSight = (): void => {
    if (document.visibilityState === 'visible') listener();
  };
  window.addEventListener('online', listener);
  document.addEventListener('visibilitychange', onSight);
  return () => {
    window.removeEventListener('online', listener);
    document.removeEventListener('visibilitychange', onSight);
  };
};

const leases = new WebLocksLeases('signet');

/** One for the page: its tabs share the connections that it opens. */
const brokerLink = once(async () => {
  const [{ MqttBrokerLink }, { SharedBrokerLink }, { backgroundClock }] = await Promise.all([
    import('./platform/mqtt/mqtt-broker-link.ts'),
    import('./platform/mqtt/shared-broker-link.ts'),
    import('./platform/workers/background-clock.ts'),
  ]);
  const clock = backgroundClock();
  const link = new MqttBrokerLink({ clock, random: Math.random, onNetworkReturn: onReturn });
  return new SharedBrokerLink({ link, leases, clock, tabId: crypto.randomUUID() });
});

/** What could not be fetched may be fetched later. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => {
    made ??= make();
    made.catch(() => (made = null));
    return made;
  };
}

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
  brokerLink,
  brokerProbe: async () => {
    const { MqttBrokerProbe } = await import('./platform/mqtt/mqtt-broker-probe.ts');
    return new MqttBrokerProbe({ clock: systemClock, onPolicyViolation });
  },
  brokerMemory: new LocalBrokerMemory(localStorage, 'signet'),
  surroundings: new BrowserSurroundings(window, systemClock),
  histories: async () => {
    const { IndexedDbSeriesStores } = await import('./platform/storage/indexeddb-series-store.ts');
    return new IndexedDbSeriesStores('signet');
  },
  leases,
  durability: new BrowserDurability(),
  pageUpdates: offlinePage(),
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
