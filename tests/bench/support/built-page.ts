/**
 * A page built for production into a folder of its own, and served from there the way a good static host does: gzip -9.
 * Tells which files a browser really asked for.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, mkdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('../../..', import.meta.url));

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
};

/** Markup, code and style: what the page's budgets are about. */
const isPageFile = (file: string): boolean =>
  /\.(html|js|css)$/.test(file) && !file.startsWith('firmware-bin/');

const gzip = (content: Uint8Array): Uint8Array => gzipSync(content, { level: 9 });

/** A folder below build/, where the packages of the project are found; removed by `dispose`. */
export function temporaryFolder(): { readonly folder: string; readonly dispose: () => void } {
  mkdirSync(path.join(root, 'build'), { recursive: true });
  const folder = mkdtempSync(path.join(root, 'build', 'bench-'));
  return { folder, dispose: () => rmSync(folder, { recursive: true, force: true }) };
}

/**
 * Builds the page whose Vite configuration is in `source`, as `npm run build` does: in a process of its own, because the
 * one that runs these files counts as development, for which Svelte is another, larger one.
 */
export async function buildInto(folder: string, source: string = root): Promise<void> {
  const env = { ...process.env };
  delete env['NODE_ENV'];
  const vite = path.join(root, 'node_modules/vite/bin/vite.js');
  const options = ['--outDir', folder, '--emptyOutDir', '--logLevel', 'error'];
  await promisify(execFile)(process.execPath, [vite, 'build', ...options], { cwd: source, env });
}

/** Bytes after gzip -9 of every HTML, JS and CSS file of a built page, by name. */
export function pageFiles(folder: string): Map<string, number> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) =>
    name.replaceAll('\\', '/'),
  );
  return new Map(
    names
      .filter(isPageFile)
      .map((name) => [name, gzip(readFileSync(path.join(folder, name))).length] as const),
  );
}

export interface ServedPage {
  readonly origin: string;
  /** HTML, JS and CSS that were asked for since the start, with the bytes sent for each. */
  readonly sent: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

export async function serveFolder(folder: string): Promise<ServedPage> {
  const sent = new Map<string, number>();
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const name = path.normalize(pathname === '/' ? '/index.html' : pathname).slice(1);
    try {
      const body = gzip(readFileSync(path.join(folder, name)));
      if (isPageFile(name)) sent.set(name, body.length);
      const type = types[path.extname(name)] ?? 'application/octet-stream';
      response.writeHead(200, { 'Content-Type': type, 'Content-Encoding': 'gzip' }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    sent,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
