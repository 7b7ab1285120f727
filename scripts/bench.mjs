// `npm run bench [-- <prefix> …]`, and `npm run bench:long` with those that take long: one JSON line a figure on standard output, everything else on standard error
// (docs/benchmarks.md says how each is measured).
import { readdirSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import path from 'node:path';
import { ensureNodePackages, root } from './install.mjs';

console.log = console.info = console.error;
ensureNodePackages();
const { runnerImport } = await import('vite');
const isLong = process.argv.includes('--long');
const prefixes = process.argv.slice(2).filter((word) => word !== '--long');
const folder = path.join(root, 'tests', 'bench');
const isWanted = (name) => prefixes.length === 0 || prefixes.some((prefix) => name.startsWith(prefix));
const loadNow = () => loadavg()[0].toFixed(1);

/** Benches of every file, in the order of the files' names. */
async function loadBenches() {
  const files = readdirSync(folder).filter((name) => name.endsWith('.ts'));
  const loaded = [];
  for (const file of files.sort()) {
    const { module } = await runnerImport(path.join(folder, file), {
      root,
      configFile: false,
      logLevel: 'error',
    });
    loaded.push(...module.benches, ...(isLong ? (module.longBenches ?? []) : []));
  }
  return loaded;
}

/** Four digits, but bytes and counts as they are. */
const rounded = (value) => (Number.isInteger(value) ? value : Number(value.toPrecision(4)));

/** The figure's line. */
function lineOf({ name, unit }, { value, yardstick }) {
  const ratio = yardstick && yardstick.value !== 0 ? rounded(value / yardstick.value) : null;
  return {
    name,
    value: rounded(value),
    unit,
    yardstick: yardstick && { name: yardstick.name, value: rounded(yardstick.value) },
    ratio,
  };
}

const benches = (await loadBenches()).filter(({ name }) => isWanted(name));
if (benches.length === 0) {
  console.error(`No figure begins with ${prefixes.join(' or ')}.`);
  process.exit(1);
}
console.error(`${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), Node ${process.versions.node}`);

let isFailed = false;
for (const bench of benches) {
  console.error(`${bench.name} … (load ${loadNow()})`);
  try {
    const figure = await bench.run();
    if (!Number.isFinite(figure.value)) throw new Error('no figure came of it');
    process.stdout.write(`${JSON.stringify(lineOf(bench, figure))}\n`);
  } catch (thrown) {
    isFailed = true;
    console.error(
      `${bench.name} failed: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`,
    );
  }
}
process.exit(isFailed ? 1 : 0);
