/** What workflows are given to work with: slices of the one environment that the composition roots build. */
import type { Clock } from '../shared/clock.ts';
import type { ProjectStore } from '../ports/storage.ts';
import type { Vaults } from '../vault/vaults.ts';

/** For making projects and devices, and for everything that opens secrets. */
export interface ProjectEnvironment {
  readonly store: ProjectStore;
  readonly vaults: Vaults;
  readonly clock: Clock;
  readonly crypto: Crypto;
}
