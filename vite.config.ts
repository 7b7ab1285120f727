/// <reference types="vitest/config" />
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
  plugins: [svelte(), policyInBuild(), firmwareImages(), onlyTheEsp8266()],
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
