// `npm start`: installs what is missing, builds the page and serves it on this computer only.
import { ensureNodePackages, root, run } from './install.mjs';

ensureNodePackages();
run(process.execPath, ['node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn']);

const { preview } = await import('vite');
const port = Number(process.env.PORT ?? 4173);
const server = await preview({
  root,
  preview: { host: '127.0.0.1', port, strictPort: false },
  logLevel: 'warn',
});
const url = server.resolvedUrls?.local[0] ?? `http://127.0.0.1:${port}/`;
console.log(`
Signet is ready:
  ${url}            the page
  ${url}demo.html   the demo: a virtual board, no hardware, no broker

Stop with Ctrl-C.`);
