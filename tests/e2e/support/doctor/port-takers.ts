/** What may stand where the broker's browser port should be: other programs, and nothing that ever answers. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';

export interface PortTaker {
  stop(): Promise<void>;
}

/** Whoever is connected is put out at the end: an open WebSocket would keep the server for ever. */
async function listen(server: Server, port: number): Promise<PortTaker> {
  const connected = new Set<Socket>();
  server.on('connection', (socket) => {
    connected.add(socket);
    socket.once('close', () => connected.delete(socket));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of connected) socket.destroy();
      }),
  };
}

/** A web server without TLS. */
export const takeWithPlainHttp = (port: number): Promise<PortTaker> =>
  listen(
    createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', () =>
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi'),
      );
    }),
    port,
  );

export interface ServerKey {
  readonly keyFile: string;
  readonly certificateFile: string;
}

/** A web server with TLS that knows no WebSocket. */
export const takeWithHttps = (port: number, files: ServerKey): Promise<PortTaker> =>
  listen(httpsServer(files), port);

/** One that opens every WebSocket and then sends what is no MQTT. */
export function takeWithOtherWebSocket(port: number, files: ServerKey): Promise<PortTaker> {
  const server = httpsServer(files);
  server.on(
    'upgrade',
    (request: { headers: Record<string, string | undefined> }, socket: NodeJS.WritableStream) => {
      const accept = createHash('sha1')
        .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
        .digest('base64');
      const head = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
      socket.on('error', () => undefined);
      socket.write(
        `${[...head, `Sec-WebSocket-Accept: ${accept}`, 'Sec-WebSocket-Protocol: mqtt'].join('\r\n')}\r\n\r\n`,
      );
      socket.write(Buffer.from([0x82, 2, 0x68, 0x69]));
    },
  );
  return listen(server, port);
}

const httpsServer = ({ keyFile, certificateFile }: ServerKey): Server => {
  const server = createTlsServer(
    { key: readFileSync(keyFile), cert: readFileSync(certificateFile) },
    (_request, response) => response.end('hello'),
  );
  server.on('tlsClientError', () => undefined);
  return server;
};

const silentServer = `require('net').createServer().listen({ host: process.argv[1], port: Number(process.argv[2]), backlog: 1 }, () => console.log('up'))`;
const unansweredMs = 400;

/**
 * A port whose packets vanish: its program is stopped and its queue is full, so the kernel drops each further SYN, as for
 * a computer that is switched off or behind a firewall.
 */
export async function takeWithSilence(host: string, port: number): Promise<PortTaker> {
  const child: ChildProcess = spawn(process.execPath, ['-e', silentServer, host, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.stdout) await once(child.stdout, 'data');
  child.kill('SIGSTOP');
  const waiting: { destroy(): void }[] = [];
  for (let isAnswered = true; isAnswered;) {
    const socket = connect(port, host);
    socket.on('error', () => undefined);
    waiting.push(socket);
    isAnswered = await Promise.race([
      once(socket, 'connect').then(() => true),
      new Promise<boolean>((resolve) => setTimeout(() => resolve(false), unansweredMs)),
    ]);
  }
  return {
    stop: async () => {
      for (const socket of waiting) socket.destroy();
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}
