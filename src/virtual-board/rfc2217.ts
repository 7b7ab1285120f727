/**
 * The server's side of RFC 2217 (serial port over Telnet), as far as esptool's pyserial and terminals use it.
 * Turns bytes from the network into calls on a port; knows no sockets.
 */
import { concatBytes, type Bytes } from '../shared/bytes.ts';

const IAC = 0xff;
const SB = 0xfa;
const SE = 0xf0;
const WILL = 0xfb;
const WONT = 0xfc;
const DO = 0xfd;
const DONT = 0xfe;

const BINARY = 0;
const SUPPRESS_GO_AHEAD = 3;
const COM_PORT = 44;
const supported: ReadonlySet<number> = new Set([BINARY, SUPPRESS_GO_AHEAD, COM_PORT]);

const SET_BAUDRATE = 1;
const SET_CONTROL = 5;
const SERVER_REPLY = 100;
const DTR_ON = 8;
const DTR_OFF = 9;
const RTS_ON = 11;
const RTS_OFF = 12;

/** What the client asks of the port, in order; an answer goes out once the promise resolves. */
export interface RemotePort {
  write(bytes: Uint8Array): Promise<void>;
  setBaudRate(baudRate: number): Promise<void>;
  setSignals(signals: { dataTerminalReady?: boolean; requestToSend?: boolean }): Promise<void>;
}

export class Rfc2217Session {
  readonly #port: RemotePort;
  readonly #send: (bytes: Bytes) => void;
  readonly #enabled = new Set<string>();
  #state: 'data' | 'command' | 'option' | 'sub' | 'sub-command' = 'data';
  #verb = 0;
  #data: number[] = [];
  #sub: number[] = [];
  #queue: Promise<void> = Promise.resolve();

  constructor(port: RemotePort, send: (bytes: Bytes) => void) {
    this.#port = port;
    this.#send = send;
  }

  /** Bytes from the port to the client. */
  encode(bytes: Uint8Array): Bytes {
    return Uint8Array.from(Array.from(bytes).flatMap((byte) => (byte === IAC ? [IAC, IAC] : [byte])));
  }

  /** Bytes from the client. Resolves when the port has taken them. */
  async receive(bytes: Uint8Array): Promise<void> {
    for (const byte of bytes) this.#step(byte);
    this.#flush();
    await this.#queue;
  }

  #step(byte: number): void {
    switch (this.#state) {
      case 'data':
        if (byte === IAC) this.#state = 'command';
        else this.#data.push(byte);
        return;
      case 'command':
        this.#command(byte);
        return;
      case 'option':
        this.#state = 'data';
        this.#negotiate(this.#verb, byte);
        return;
      case 'sub':
        if (byte === IAC) this.#state = 'sub-command';
        else this.#sub.push(byte);
        return;
      case 'sub-command':
        this.#state = byte === IAC ? 'sub' : 'data';
        if (byte === IAC) this.#sub.push(IAC);
        else this.#subnegotiate(this.#sub);
    }
  }

  #command(byte: number): void {
    this.#state = 'data';
    if (byte === IAC) this.#data.push(IAC);
    else if (byte === SB) {
      this.#sub = [];
      this.#state = 'sub';
    } else if (byte >= WILL && byte <= DONT) {
      this.#verb = byte;
      this.#state = 'option';
    }
  }

  /** Agrees once to what it supports, refuses the rest. */
  #negotiate(verb: number, option: number): void {
    if (verb === WONT || verb === DONT) return;
    const key = `${verb} ${option}`;
    if (this.#enabled.has(key)) return;
    this.#enabled.add(key);
    const agrees = supported.has(option);
    if (verb === WILL) this.#send(Uint8Array.of(IAC, agrees ? DO : DONT, option));
    else this.#send(Uint8Array.of(IAC, agrees ? WILL : WONT, option));
  }

  #subnegotiate([option, command, ...value]: readonly number[]): void {
    if (option !== COM_PORT || command === undefined) return;
    this.#flush();
    this.#enqueue(async () => {
      await this.#apply(command, value);
      const reply = this.encode(Uint8Array.from(value));
      const head = Uint8Array.of(IAC, SB, COM_PORT, command + SERVER_REPLY);
      this.#send(concatBytes([head, reply, Uint8Array.of(IAC, SE)]));
    });
  }

  async #apply(command: number, value: readonly number[]): Promise<void> {
    if (command === SET_BAUDRATE && value.length === 4) {
      const baudRate = new DataView(Uint8Array.from(value).buffer).getUint32(0);
      if (baudRate > 0) await this.#port.setBaudRate(baudRate);
    }
    if (command !== SET_CONTROL) return;
    const [control] = value;
    if (control === DTR_ON || control === DTR_OFF) {
      await this.#port.setSignals({ dataTerminalReady: control === DTR_ON });
    } else if (control === RTS_ON || control === RTS_OFF) {
      await this.#port.setSignals({ requestToSend: control === RTS_ON });
    }
  }

  #flush(): void {
    if (this.#data.length === 0) return;
    const bytes = Uint8Array.from(this.#data.splice(0));
    this.#enqueue(() => this.#port.write(bytes));
  }

  #enqueue(act: () => Promise<void>): void {
    this.#queue = this.#queue.then(act);
  }
}
