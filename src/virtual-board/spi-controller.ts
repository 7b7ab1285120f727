/**
 * SPI0, the controller the flash hangs on: its registers and the flash chip's answers to user-defined commands.
 * Bit-exact where esptool depends on it: a one-bit read of the JEDEC id gives 0x80. (ESP8266 Technical Reference, SPI.)
 */
const CMD = 0x00;
const USER = 0x1c;
const USER1 = 0x20;
const USER2 = 0x24;
const W0 = 0x40;
const REGISTER_BYTES = 0x80;

const CMD_USR = 1 << 18;
const CMD_RDID = 1 << 28;
const USER_MISO = 1 << 28;
const MISO_BITLEN_SHIFT = 8;
const MISO_BITLEN_MASK = 0x1ff;

const FLASH_READ_JEDEC_ID = 0x9f;

export class SpiController {
  static readonly baseAddress = 0x60000200;
  readonly #registers = new Uint32Array(REGISTER_BYTES / 4);
  readonly #flashId: number;

  /** `flashId` as esptool shows it: maker in the low byte, for example 0x1640ef. */
  constructor(flashId: number) {
    this.#flashId = flashId;
  }

  holds(address: number): boolean {
    return address >= SpiController.baseAddress && address < SpiController.baseAddress + REGISTER_BYTES;
  }

  read(address: number): number {
    return this.#get(address - SpiController.baseAddress);
  }

  write(address: number, value: number): void {
    const offset = address - SpiController.baseAddress;
    this.#set(offset, value);
    if (offset !== CMD) return;
    if ((value & CMD_USR) !== 0) this.#runUserCommand();
    if ((value & CMD_RDID) !== 0) this.#set(W0, this.#flashId);
    this.#set(CMD, 0);
  }

  #runUserCommand(): void {
    if ((this.#get(USER) & USER_MISO) === 0) return;
    const bits = ((this.#get(USER1) >>> MISO_BITLEN_SHIFT) & MISO_BITLEN_MASK) + 1;
    const answer = (this.#get(USER2) & 0xff) === FLASH_READ_JEDEC_ID ? this.#flashId : 0;
    this.#set(W0, firstBits(answer, bits));
  }

  #get(offset: number): number {
    return this.#registers[offset >>> 2] ?? 0;
  }

  #set(offset: number, value: number): void {
    this.#registers[offset >>> 2] = value >>> 0;
  }
}

/** The first `bits` bits on the wire: bytes from the lowest on, in each the highest bit first. */
function firstBits(answer: number, bits: number): number {
  let kept = 0;
  for (let byte = 0; byte < 4; byte++) {
    const remaining = Math.min(8, Math.max(0, bits - 8 * byte));
    const mask = (0xff << (8 - remaining)) & 0xff;
    kept |= (answer & (mask << (8 * byte))) >>> 0;
  }
  return kept >>> 0;
}
