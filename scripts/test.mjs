// `npm test`: installs what is missing, then runs everything. Ends with the count of tests.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { ensureDebianPackages, ensureNodePackages, root, succeeds } from './install.mjs';

ensureNodePackages();
ensureDebianPackages();

const reports = path.join(root, 'build', 'reports');
rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });
const vitestReport = path.join(reports, 'vitest.json');
const playwrightReport = path.join(reports, 'playwright.json');
const node = process.execPath;

const steps = [
  ['check', () => succeeds(node, ['scripts/check.mjs'])],
  ['firmware', () => succeeds('bash', ['scripts/firmware-test.sh'])],
  ['firmware host build', () => succeeds('bash', ['scripts/firmware-host-build.sh'])],
  ['build', () => succeeds(node, ['node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn'])],
  [
    'unit, contract and interop tests',
    () =>
      succeeds(node, [
        'node_modules/vitest/vitest.mjs',
        'run',
        '--config',
        'tests/vitest.config.ts',
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${vitestReport}`,
      ]),
  ],
  [
    'end-to-end tests',
    () =>
      succeeds(
        node,
        [
          'node_modules/@playwright/test/cli.js',
          'test',
          '--config',
          'tests/playwright.config.ts',
          '--reporter=list,json',
        ],
        {
          env: { ...process.env, PLAYWRIGHT_JSON_OUTPUT_NAME: playwrightReport },
        },
      ),
  ],
];

const results = steps.map(([name, step]) => {
  console.log(`\n=== ${name}`);
  const startedMs = Date.now();
  const isPassed = step();
  console.log(
    `=== ${name}: ${isPassed ? 'passed' : 'FAILED'} in ${Math.round((Date.now() - startedMs) / 1000)} s`,
  );
  return { name, isPassed };
});

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

const unit = readReport(vitestReport);
const e2e = readReport(playwrightReport);
const failedSteps = results.filter((result) => !result.isPassed);
const passed = (unit?.numPassedTests ?? 0) + (e2e?.stats?.expected ?? 0);
const failed = Math.max((unit?.numFailedTests ?? 0) + (e2e?.stats?.unexpected ?? 0), failedSteps.length);
console.log(
  `\n${failedSteps.length === 0 ? 'All steps passed.' : `Failed: ${failedSteps.map((step) => step.name).join(', ')}.`}`,
);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
