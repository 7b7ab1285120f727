// `npm run check`: types, Svelte, lint with the import rules, format. No warnings allowed.
import { ensureNodePackages, succeeds } from './install.mjs';

ensureNodePackages();
const node = process.execPath;
const steps = [
  [
    'types of the domains (worker library, no DOM)',
    ['node_modules/typescript/bin/tsc', '-p', 'src/tsconfig.domains.json'],
  ],
  ['types of the tests and scripts', ['node_modules/typescript/bin/tsc', '-p', 'tests/tsconfig.json']],
  [
    'types of the page and Svelte',
    [
      'node_modules/svelte-check/bin/svelte-check',
      '--tsconfig',
      'src/tsconfig.json',
      '--fail-on-warnings',
      '--output',
      'human',
    ],
  ],
  [
    'lint and import rules',
    ['node_modules/eslint/bin/eslint.js', '-c', 'tests/eslint.config.js', '--max-warnings', '0', '.'],
  ],
  ['format', ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.']],
];
const failed = steps.filter(([name, args]) => {
  console.log(`check: ${name}`);
  return !succeeds(node, args);
});
if (failed.length > 0) {
  console.error(`\ncheck failed: ${failed.map(([name]) => name).join('; ')}`);
  process.exit(1);
}
