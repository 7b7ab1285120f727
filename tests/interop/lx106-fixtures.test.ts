/** The contract's fixtures on the chip's instruction set: what lx106 does is what Linux and WebAssembly do. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Fixture } from '../contract/fixture.ts';
import { buildNativeHome, startNativeHome, startWasmHome } from '../contract/homes.ts';
import { play } from '../contract/play.ts';
import { buildLx106, Lx106Program } from './lx106-home.ts';

const folder = path.resolve(import.meta.dirname, '../contract');
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));

describe('the firmware core on lx106, line by line as on Linux and in WebAssembly', () => {
  let programs = '';
  beforeAll(() => {
    buildNativeHome();
    programs = buildLx106();
  });

  for (const file of files) {
    const fixtures = JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as Fixture[];
    it.each(fixtures.map((fixture) => [fixture.title, fixture] as const))(
      `${file}: %s`,
      async (_, fixture) => {
        const chip = new Lx106Program(path.join(programs, 'fixture-runner.elf'));
        const homes = [startNativeHome(), await startWasmHome(), chip];
        try {
          const { expected, found } = await play(fixture, homes);
          expect(found).toEqual(expected);
          expect(expected.length).toBeGreaterThan(0);
        } finally {
          homes.forEach((home) => home.close());
        }
      },
    );
  }
});
