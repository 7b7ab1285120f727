/**
 * The page's host as the internet has it: the production build under a public name, over HTTPS with a certificate of its
 * own, and over plain HTTP. What it sends beside the files can be changed while it runs.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer as createPlainServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import path from 'node:path';
import { servedHeaders } from '../../../../vite.config.ts';

export const secureName = 'signet.test';
export const plainName = 'plain.test';

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
};

export interface HostBehaviour {
  /** Beside the headers of `npm start`, or in place of them. */
  headers: Readonly<Record<string, string>>;
  /** How far this host's clock is behind the real one, in ms. */
  behindMs: number;
}

export interface PageHost {
  readonly secureOrigin: string;
  readonly plainOrigin: string;
  readonly ports: readonly number[];
  /** The authority that signed its certificate, PEM. */
  readonly authorityFile: string;
  readonly behaviour: HostBehaviour;
  close(): Promise<void>;
}

/** Serves `builtPage`; certificates go into `folder`. */
export async function startPageHost(builtPage: string, folder: string): Promise<PageHost> {
  const behaviour: HostBehaviour = { headers: {}, behindMs: 0 };
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const name = path.normalize(pathname === '/' ? '/index.html' : pathname);
    response.setHeader('Date', new Date(Date.now() - behaviour.behindMs).toUTCString());
    try {
      const body = readFileSync(path.join(builtPage, name));
      const type = types[path.extname(name)] ?? 'application/octet-stream';
      response.writeHead(200, { 'Content-Type': type, ...servedHeaders, ...behaviour.headers }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  };
  makeCertificates(folder);
  const at = (name: string): string => path.join(folder, name);
  const credentials = { key: readFileSync(at('host.key')), cert: readFileSync(at('host.crt')) };
  const servers = [createServer(credentials, answer), createPlainServer(answer)];
  const ports = await Promise.all(servers.map(listening));
  return {
    secureOrigin: `https://${secureName}:${ports[0]}`,
    plainOrigin: `http://${plainName}:${ports[1]}`,
    ports,
    authorityFile: at('host-ca.crt'),
    behaviour,
    close: async () => {
      await Promise.all(
        servers.map((server) => {
          server.closeAllConnections();
          return new Promise((resolve) => server.close(resolve));
        }),
      );
    },
  };
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function makeCertificates(folder: string): void {
  const openssl = (...args: string[]): void =>
    void execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30'];
  openssl(
    'req',
    '-x509',
    ...key,
    '-keyout',
    'host-ca.key',
    '-out',
    'host-ca.crt',
    '-subj',
    '/CN=page host CA',
  );
  openssl(
    'req',
    ...key.slice(0, -2),
    '-keyout',
    'host.key',
    '-out',
    'host.csr',
    '-subj',
    `/CN=${secureName}`,
  );
  writeFileSync(path.join(folder, 'san'), `subjectAltName=DNS:${secureName}\n`);
  const signing = ['-CA', 'host-ca.crt', '-CAkey', 'host-ca.key', '-CAcreateserial', '-days', '30'];
  openssl('x509', '-req', '-in', 'host.csr', ...signing, '-extfile', 'san', '-out', 'host.crt');
}
