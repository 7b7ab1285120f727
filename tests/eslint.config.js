// Import rules of docs/architecture.md, typed lint and Svelte's own rules.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import svelte from 'eslint-plugin-svelte';
import tseslint from 'typescript-eslint';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

const leaves = ['shared', 'contract', 'ports'];
const domains = [
  'vault',
  'pki',
  'broker',
  'doctor',
  'node-red',
  'littlefs',
  'sketch',
  'flash',
  'console',
  'telemetry',
  'commissioning',
  'journal',
  'rotation',
  'virtual-board',
  'virtual-broker',
];
const adaptersOnly = ['esptool-js', 'mqtt', 'idb', 'uplot'];
const browserGlobals = ['document', 'window', 'navigator', 'localStorage', 'sessionStorage', 'indexedDB'].map(
  (name) => ({ name, message: 'A domain knows no browser: take a port instead.' }),
);

function forbid(names, extraPackages) {
  return [
    'error',
    {
      patterns: [
        ...names.map((name) => ({
          group: [`**/${name}/**`, `**/${name}`],
          message: `This folder may not import from ${name}/ (docs/architecture.md, dependency direction).`,
        })),
        {
          group: extraPackages.flatMap((name) => [name, `${name}/**`]),
          message: 'This package belongs behind an adapter (docs/architecture.md).',
        },
      ],
    },
  ];
}

// virtual-board may read the file system it boots: its wiring to littlefs/ is passed in by the composition roots.
const domainRules = domains.map((domain) => ({
  files: [`src/${domain}/**/*.ts`],
  rules: {
    'no-restricted-imports': forbid(
      [...domains.filter((name) => name !== domain), 'workflows', 'platform', 'ui'],
      ['svelte', ...adaptersOnly, ...(domain === 'pki' ? [] : ['node-forge'])],
    ),
    'no-restricted-globals': ['error', ...browserGlobals],
  },
}));

export default tseslint.config(
  {
    ignores: [
      'dist/**',
      'build/**',
      'node_modules/**',
      'firmware/**',
      'test-results/**',
      'playwright-report/**',
      'coverage/**',
    ],
  },
  ...tseslint.configs.strictTypeChecked,
  ...svelte.configs.recommended,
  {
    languageOptions: {
      parserOptions: {
        project: ['src/tsconfig.json', 'tests/tsconfig.json'],
        tsconfigRootDir: root,
        extraFileExtensions: ['.svelte'],
      },
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-definitions': 'off',
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'max-params': 'off',
      '@typescript-eslint/max-params': ['error', { max: 4 }],
      'no-console': 'error',
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: tseslint.parser } },
    rules: { 'svelte/no-at-html-tags': 'error', 'max-lines-per-function': 'off' },
  },
  {
    files: leaves.map((name) => `src/${name}/**/*.ts`).concat('src/project/**/*.ts'),
    rules: {
      'no-restricted-imports': forbid(
        [...domains, 'workflows', 'platform', 'ui'],
        ['svelte', ...adaptersOnly],
      ),
      'no-restricted-globals': ['error', ...browserGlobals],
    },
  },
  ...domainRules,
  {
    files: ['src/workflows/**/*.ts'],
    rules: {
      'no-restricted-imports': forbid(['platform', 'ui'], ['svelte', ...adaptersOnly]),
      'no-restricted-globals': ['error', ...browserGlobals],
    },
  },
  {
    files: ['src/ui/**/*.ts', 'src/ui/**/*.svelte'],
    rules: { 'no-restricted-imports': forbid(['platform'], ['esptool-js', 'mqtt', 'idb']) },
  },
  {
    files: ['tests/**/*.{ts,js}', 'scripts/**/*.{ts,mjs}', 'vite.config.ts'],
    rules: { 'max-lines-per-function': 'off', 'no-console': 'off' },
  },
  { files: ['**/*.js', '**/*.mjs'], ...tseslint.configs.disableTypeChecked },
);
