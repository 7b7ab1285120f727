import { describe, it } from 'vitest';
import { MemorySeriesStore } from '../../src/platform/storage/memory-series-store.ts';
import { behaviours } from '../fixtures/series-store-behaviour.ts';

describe('the store of readings in memory', () => {
  for (const [name, behave] of Object.entries(behaviours)) it(name, () => behave(new MemorySeriesStore()));
});
