/**
 * Everything from outside that workflows and UI are given by a composition root (main.ts, demo.ts). Each workflow names
 * the slice it needs; heavy adapters come as loaders, so that their code is fetched when they are first used.
 */
import type { FieldReport } from '../console/field-report.ts';
import type { Bootloader } from '../ports/bootloader.ts';
import type { BrokerLink } from '../ports/broker-link.ts';
import type { BrokerMemory } from '../ports/broker-memory.ts';
import type { BrokerProbe } from '../ports/broker-probe.ts';
import type { Downloads } from '../ports/files.ts';
import type { FirmwareImages } from '../ports/firmware-images.ts';
import type { JobRunner } from '../ports/jobs.ts';
import type { KeyMaker } from '../ports/key-maker.ts';
import type { Leases } from '../ports/leases.ts';
import type { Passkeys } from '../ports/passkeys.ts';
import type { PageSurroundings } from '../ports/page-surroundings.ts';
import type { PageUpdates } from '../ports/page-updates.ts';
import type { SerialLink, SerialMissing, SerialPorts } from '../ports/serial.ts';
import type { SeriesStores } from '../ports/series-store.ts';
import type { ProjectStore, StorageDurability } from '../ports/storage.ts';
import type { Clock } from '../shared/clock.ts';
import type { Vaults } from '../vault/vaults.ts';

/** For making projects and devices, and for everything that opens secrets. */
export interface ProjectEnvironment {
  readonly store: ProjectStore;
  readonly vaults: Vaults;
  readonly clock: Clock;
  readonly crypto: Crypto;
}

export interface Environment extends ProjectEnvironment {
  readonly kind: 'main' | 'demo';
  readonly serial:
    | { readonly kind: 'ready'; readonly ports: SerialPorts }
    | { readonly kind: 'missing'; readonly why: SerialMissing };
  /** Only where boards are virtual: takes the one off the cable and puts a new one on. */
  readonly swapBoard?: (link: SerialLink) => Promise<void>;
  readonly bootloader: () => Promise<Bootloader>;
  readonly jobs: () => Promise<JobRunner>;
  readonly keyMaker: () => Promise<KeyMaker>;
  readonly passkeys: () => Promise<Passkeys>;
  readonly brokerLink: () => Promise<BrokerLink>;
  readonly brokerProbe: () => Promise<BrokerProbe>;
  readonly brokerMemory: BrokerMemory;
  readonly surroundings: PageSurroundings;
  /** Kept readings, apart from the projects. */
  readonly histories: () => Promise<SeriesStores>;
  readonly leases: Leases;
  readonly downloads: Downloads;
  readonly pageUpdates: PageUpdates;
  readonly durability: StorageDurability;
  readonly firmware: FirmwareImages;
  /** A board that says again what a field report tells, `speed` times as fast; in the demo only. */
  readonly replay?: (report: FieldReport, speed: number) => Promise<ReplayedBoard>;
}

export interface ReplayedBoard {
  readonly link: SerialLink;
  /** Pulls it out: it is of no more use. */
  readonly end: () => void;
}
