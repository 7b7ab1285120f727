/**
 * One fixture set, two homes of the firmware's core: Linux (under AddressSanitizer and UBSan) and WebAssembly.
 * `FIXTURES=write npx vitest run … tests/contract/fixtures.test.ts` writes down what is found: read the difference.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Fixture, Step } from './fixture.ts';
import { buildNativeHome, startNativeHome, startWasmHome } from './homes.ts';
import { play } from './play.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));

describe('the firmware core, on Linux and in WebAssembly alike', () => {
  beforeAll(() => buildNativeHome());

  for (const file of files) {
    const fixtures = JSON.parse(readFileSync(folder + file, 'utf8')) as Fixture[];
    for (const fixture of fixtures) {
      it(`${file}: ${fixture.title}`, async () => {
        const homes = [startNativeHome(), await startWasmHome()];
        try {
          const { expected, found } = await play(fixture, homes);
          if (process.env['FIXTURES'] === 'write') rewrite(fixture, found);
          else expect(found).toEqual(expected);
          expect(expected.length).toBeGreaterThan(0);
        } finally {
          homes.forEach((home) => home.close());
        }
      });
    }
    if (process.env['FIXTURES'] === 'write') {
      it(`${file} is written`, () => writeFileSync(folder + file, `${JSON.stringify(fixtures, null, 2)}\n`));
    }
  }
});

function rewrite(fixture: Fixture, found: string[][]): void {
  const steps = fixture.steps as (Step & { expect?: string[] })[];
  for (const step of steps) {
    if (step.expect) step.expect = found.shift() ?? [];
  }
}
