/** Serves the production build on a free loopback port, with the headers of `npm start`, and counts nothing else. */
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { servedHeaders } from '../../../vite.config.ts';

const dist = fileURLToPath(new URL('../../../dist/', import.meta.url));

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.wasm': 'application/wasm',
};

export interface PageServer {
  readonly origin: string;
  /** As without a network: every connection is dropped. */
  setReachable(isReachable: boolean): void;
  /** From now on serves a page of another title, and the service worker that belongs to it. */
  publishNewer(): void;
  close(): Promise<void>;
}

export async function servePage(): Promise<PageServer> {
  let isNewer = false;
  let isDown = false;
  const server: Server = createServer((request, response) => {
    if (isDown) {
      request.socket.destroy();
      return;
    }
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const name = path.normalize(pathname === '/' ? '/index.html' : pathname);
    readFile(path.join(dist, name)).then(
      (bytes) => {
        const body = isNewer ? newer(name, bytes) : bytes;
        const type = types[path.extname(name)] ?? 'application/octet-stream';
        response.writeHead(200, { 'Content-Type': type, ...servedHeaders }).end(body);
      },
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    setReachable: (isReachable) => {
      isDown = !isReachable;
    },
    publishNewer: () => {
      isNewer = true;
    },
    origin: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function newer(name: string, bytes: Buffer): Buffer {
  const text = bytes.toString();
  if (name.endsWith('index.html'))
    return Buffer.from(text.replace('<title>Signet<', '<title>Signet, newer<'));
  if (!name.endsWith('service-worker.js')) return bytes;
  return Buffer.from(text.replace(/VERSION = '[0-9a-f]{4}/, "VERSION = '0000"));
}
