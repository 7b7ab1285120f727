/// <reference types="vitest/config" />
import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';

const root = fileURLToPath(new URL('.', import.meta.url));
const imagesFolder = path.join(root, 'firmware-bin');

/** The page's Content Security Policy (docs/decisions/0003); only the demo's own document may compile WebAssembly. */
function contentSecurityPolicy(isDemo: boolean): string {
  return [
    "default-src 'none'",
    `script-src 'self'${isDemo ? " 'wasm-unsafe-eval'" : ''}`,
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    `connect-src 'self'${isDemo ? '' : ' wss:'}`,
    "worker-src 'self'",
    "manifest-src 'self'",
    "frame-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types svelte-trusted-html signet-worker-url',
  ].join('; ');
}

/** Puts the policy into the built documents; the development server injects scripts that it would refuse. */
function policyInBuild(): Plugin {
  return {
    name: 'signet-content-security-policy',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler: (_html, context) => [
        {
          tag: 'meta',
          attrs: {
            'http-equiv': 'Content-Security-Policy',
            content: contentSecurityPolicy(context.path.includes('demo')),
          },
          injectTo: 'head-prepend',
        },
      ],
    },
  };
}

/** Offers firmware-bin/ beside the page, in development and in the build. */
function firmwareImages(): Plugin {
  return {
    name: 'signet-firmware-images',
    configureServer(server) {
      server.middlewares.use('/firmware-bin/', (request, response, next) => {
        const name = path.basename(request.url ?? '');
        readFile(path.join(imagesFolder, name)).then(
          (bytes) => response.end(bytes),
          () => next(),
        );
      });
    },
    async generateBundle() {
      for (const name of await readdir(imagesFolder)) {
        if (name.endsWith('.md')) continue;
        const source = await readFile(path.join(imagesFolder, name));
        this.emitFile({ type: 'asset', fileName: `firmware-bin/${name}`, source });
      }
    },
  };
}

/** Larger files than this are fetched when they are wanted, and not kept for a start without a network. */
const keptFileBytes = 512 * 1024;

/**
 * Writes service-worker.js last, when every file of the page and its content is known: the version is their hash, so that
 * the same page is never offered as a newer one.
 */
function offlineCopy(): Plugin {
  return {
    name: 'signet-offline-copy',
    apply: 'build',
    generateBundle: {
      order: 'post',
      async handler(_options, bundle) {
        const files = Object.entries(bundle).map(
          ([name, file]) => [name, Buffer.from(file.type === 'chunk' ? file.code : file.source)] as const,
        );
        const publicFolder = path.join(root, 'public');
        for (const name of await readdir(publicFolder)) {
          files.push([name, await readFile(path.join(publicFolder, name))]);
        }
        const kept = files
          .filter(([, content]) => content.length <= keptFileBytes)
          .sort(([a], [b]) => (a < b ? -1 : 1));
        const hash = createHash('sha256');
        for (const [name, content] of kept) hash.update(`${name}\n${content.length}\n`).update(content);
        const names = JSON.stringify(kept.map(([name]) => `./${name}`));
        const worker = await readFile(path.join(root, 'src/platform/offline/service-worker.js'), 'utf8');
        const source = worker
          .replace('__VERSION__', hash.digest('hex').slice(0, 16))
          .replace("'__FILES__'", names);
        this.emitFile({ type: 'asset', fileName: 'service-worker.js', source });
      },
    },
  };
}

/** What esptool-js carries and the page never calls: its pattern, and what stands in for it. */
const unusedInEsptool: readonly (readonly [RegExp, (source: string) => string])[] = [
  [/esptool-js\/lib\/targets\/stub_flasher\/esp32[^/]*\.json$/, () => '{}'],
  [
    /esptool-js\/lib\/targets\/esp32[^/]*\.js$/,
    (source) => source.replace(/^[^]*?export class (\w+)[^]*$/, 'export class $1 {}'),
  ],
  [/esptool-js\/lib\/image\/index\.js$/, () => 'export const loadFirmwareImage = undefined;'],
  [/node_modules\/pako\//, () => 'export const deflate = undefined, Inflate = undefined;'],
];

/**
 * Of esptool-js only the ESP8266's part is used, and not its writeFlash, which alone inspects images and deflates. Saves
 * 84 kB of gzip in stubs for the ESP32 family and 36 kB in the rest.
 */
function onlyTheEsp8266(): Plugin {
  return {
    name: 'signet-only-esp8266',
    enforce: 'pre',
    async load(id) {
      const file = id.split('?')[0] ?? '';
      const replacement = unusedInEsptool.find(([pattern]) => pattern.test(file))?.[1];
      return replacement ? replacement(await readFile(file, 'utf8')) : null;
    },
  };
}

/** Headers of the local servers; docs/guide/deploy.md lists them for a host of one's own. */
export const servedHeaders = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Permissions-Policy': 'serial=(self)',
};

/** What of Svelte's runtime the first visit has no use for: declarations, which do nothing when they are loaded. */
const svelteLater =
  /svelte\/src\/internal\/client\/dom\/(blocks\/(each|await|key|svelte-component)|elements\/(custom-element|bindings\/(?!shared)))/;

/**
 * What somebody sees who comes for the first time travels in one piece: many small files deflate badly. No entry may be
 * in it: the demo shares these components and would run it.
 */
const firstVisitGroups = [
  {
    name: 'first-visit',
    test: /src\/(ui\/(FirstVisit|Frame|start\/(Welcome|SerialMissingNote)|primitives\/(Button|Icon|icon-paths|Note)|state\/place|tokens)|platform\/serial\/serial-support)\./,
  },
  { name: 'svelte-later', test: svelteLater },
];

export default defineConfig({
  root,
  base: './',
  plugins: [svelte(), policyInBuild(), firmwareImages(), onlyTheEsp8266(), offlineCopy()],
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { index: path.join(root, 'index.html'), demo: path.join(root, 'demo.html') },
      treeshake: { moduleSideEffects: [{ test: svelteLater, sideEffects: false }] },
      output: { codeSplitting: { includeDependenciesRecursively: false, groups: firstVisitGroups } },
    },
  },
  preview: { headers: servedHeaders },
});
