// A virtual board on a loopback port by RFC 2217, so that any serial tool can be tried against it:
//   npm run virtual-board -- [--port 2217] [--flash-file flash.bin] [--flash-size 4194304]
//   esptool.py --port rfc2217://127.0.0.1:2217 flash_id
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runnerImport } from 'vite';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '2217' },
    'flash-file': { type: 'string' },
    'flash-size': { type: 'string', default: String(4 * 1024 * 1024) },
    // pyserial leaves 50 to 100 ms between DTR and RTS; EN has to rise after both.
    'en-delay-ms': { type: 'string', default: '120' },
  },
});

async function load(file) {
  const { module } = await runnerImport(path.join(root, file), {
    root,
    configFile: false,
    logLevel: 'error',
  });
  return module;
}

const { VirtualBoard } = await load('src/virtual-board/virtual-board.ts');
const { Rfc2217Session } = await load('src/virtual-board/rfc2217.ts');

const flashFile = values['flash-file'];
const board = new VirtualBoard({
  flashSizeBytes: Number(values['flash-size']),
  enDelayMs: Number(values['en-delay-ms']),
  ...(flashFile !== undefined && existsSync(flashFile) ? { flash: readFileSync(flashFile) } : {}),
});

/** Sends on what the board says, over line errors, until `stop` is called. */
function forward(port, session, socket) {
  let reader = null;
  const reading = (async () => {
    while (port.readable !== null && !socket.destroyed) {
      reader = port.readable.getReader();
      try {
        for (;;) {
          const { value, done } = await reader.read();
          if (done) return;
          socket.write(session.encode(value));
        }
      } catch {
        // A line error: the next reader goes on.
      } finally {
        reader.releaseLock();
      }
    }
  })();
  return {
    stop: async () => {
      await reader?.cancel();
      await reading;
    },
  };
}

async function serve(socket) {
  const { port } = board;
  socket.setNoDelay(true);
  await port.open({ baudRate: 115_200, bufferSize: 4096 });
  const remote = {
    write: async (bytes) => {
      const writer = port.writable.getWriter();
      await writer.write(bytes);
      writer.releaseLock();
    },
    setBaudRate: async (baudRate) => board.setBridgeBaudRate(baudRate),
    setSignals: (signals) => port.setSignals(signals),
  };
  const session = new Rfc2217Session(remote, (bytes) => socket.write(bytes));
  const reading = forward(port, session, socket);
  socket.on('data', (bytes) => void session.receive(bytes));
  socket.on('error', () => socket.destroy());
  await new Promise((resolve) => socket.once('close', resolve));
  await reading.stop();
  await port.close();
  if (flashFile !== undefined) writeFileSync(flashFile, board.flash.bytes);
  console.log(`client gone; modelled: ${JSON.stringify(board.modelled)}`);
}

let busy = false;
const server = net.createServer((socket) => {
  if (busy) {
    socket.destroy();
    return;
  }
  busy = true;
  serve(socket)
    .catch((error) => console.error(error))
    .finally(() => {
      busy = false;
    });
});
server.listen(Number(values.port), '127.0.0.1', () => {
  console.log(`Virtual board ${board.macAddress} at rfc2217://127.0.0.1:${server.address().port}`);
});
