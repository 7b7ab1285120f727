/**
 * The network the demo's board stands in: an access point that takes every password, a name server that knows every name,
 * and the in-page broker behind it. There is no TLS underneath: the board says so.
 */
import { concatBytes, type Bytes } from '../shared/bytes.ts';
import type { Clock } from '../shared/clock.ts';
import type { FirmwareConnection, FirmwareNetwork } from '../virtual-board/firmware/firmware-network.ts';
import type { ByteDuplex } from '../virtual-broker/byte-duplex.ts';

const joinMs = 700;
const connectMs = 250;

export interface InPageBroker {
  connectBytes(): ByteDuplex;
}

export function inPageNetwork(broker: InPageBroker, clock: Clock): FirmwareNetwork {
  const since = (startedMs: number): number => clock.monotonicMs() - startedMs;
  return {
    simulated: true,
    join: () => {
      const startedMs = clock.monotonicMs();
      return {
        poll: () =>
          since(startedMs) < joinMs
            ? { state: 'joining', rssi: 0, ip: [0, 0, 0, 0] }
            : { state: 'connected', rssi: -58, ip: [192, 168, 4, 20] },
        leave: () => undefined,
      };
    },
    open: () => openConnection(broker.connectBytes(), clock),
  };
}

function openConnection(duplex: ByteDuplex, clock: Clock): FirmwareConnection {
  const startedMs = clock.monotonicMs();
  let arrived: Bytes = new Uint8Array(0);
  let isOpen = true;
  duplex.onBytes((bytes) => (arrived = concatBytes([arrived, bytes])));
  duplex.onClose(() => (isOpen = false));
  return {
    poll: () => {
      if (!isOpen) return { state: 'failed', code: 501 };
      return clock.monotonicMs() - startedMs < connectMs
        ? { state: 'handshaking' }
        : { state: 'open', tlsMs: 0 };
    },
    read: (capacity) => {
      if (arrived.length === 0) return isOpen ? new Uint8Array(0) : null;
      const part = arrived.slice(0, capacity);
      arrived = arrived.slice(part.length);
      return part;
    },
    write: (bytes) => {
      if (!isOpen) return -1;
      duplex.send(bytes);
      return bytes.length;
    },
    close: () => duplex.close(),
  };
}
