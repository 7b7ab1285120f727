// `npm run bench [-- <prefix>]`: one JSON line a figure on standard output (docs/benchmarks.md says how each is measured).
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { ensureNodePackages, root } from './install.mjs';

ensureNodePackages();
const { runnerImport } = await import('vite');
const prefix = process.argv[2] ?? '';
const folder = path.join(root, 'tests', 'bench');

let isFailed = false;
for (const file of readdirSync(folder)
  .filter((name) => name.endsWith('.ts'))
  .sort()) {
  const { module } = await runnerImport(path.join(folder, file), {
    root,
    configFile: false,
    logLevel: 'error',
  });
  for (const bench of module.benches ?? []) {
    if (!bench.name.startsWith(prefix)) continue;
    try {
      const { value, yardstick } = await bench.run();
      const ratio = yardstick && yardstick.value !== 0 ? round(value / yardstick.value) : null;
      const rounded = yardstick && { name: yardstick.name, value: round(yardstick.value) };
      console.log(
        JSON.stringify({
          name: bench.name,
          value: round(value),
          unit: bench.unit,
          yardstick: rounded,
          ratio,
        }),
      );
    } catch (thrown) {
      isFailed = true;
      console.error(
        `${bench.name}: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`,
      );
    }
  }
}
process.exit(isFailed ? 1 : 0);

function round(value) {
  return Number(value.toPrecision(4));
}
