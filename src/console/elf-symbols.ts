/**
 * Reads the names of a program's functions from its ELF file (32 bits, little-endian, as the ESP8266's toolchain writes
 * it), so that the addresses of a crash become names. Lines of source need debug information, which is not read here.
 */
import { AppError } from '../shared/errors.ts';

export interface FunctionSymbol {
  /** As people write it, without arguments: "Sensor::read". */
  readonly name: string;
  readonly address: number;
  readonly sizeBytes: number;
}

const elfHeaderBytes = 52;
const sectionHeaderBytes = 40;
const symbolBytes = 16;
const sectionTypeSymbols = 2;
const symbolTypeFunction = 2;
const machineXtensa = 94;
const mostSymbols = 200_000;

/**
 * Ascending by address.
 * @throws AppError crash.not-elf, when it is none, is cut off, or holds no names
 */
export function functionSymbols(file: Uint8Array): FunctionSymbol[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  try {
    return readSymbols(file, view);
  } catch (thrown) {
    if (thrown instanceof RangeError) throw notElf('it is cut off');
    throw thrown;
  }
}

/** The function that holds the address, also right behind its last instruction: there a last call returns to. */
export function functionAt(symbols: readonly FunctionSymbol[], address: number): FunctionSymbol | null {
  const found = symbols.findLast((symbol) => symbol.address <= address);
  return found && address <= found.address + found.sizeBytes ? found : null;
}

function readSymbols(file: Uint8Array, view: DataView): FunctionSymbol[] {
  if (file.length < elfHeaderBytes || view.getUint32(0) !== 0x7f454c46)
    throw notElf('it does not begin as one');
  if (file[4] !== 1 || file[5] !== 1 || view.getUint16(18, true) !== machineXtensa)
    throw notElf('it is of another kind of chip');
  const [at, count] = [view.getUint32(32, true), view.getUint16(48, true)];
  const offsets = Array.from({ length: count }, (_, i) => at + i * sectionHeaderBytes);
  const table = offsets.find((offset) => view.getUint32(offset + 4, true) === sectionTypeSymbols);
  if (table === undefined) throw notElf('it holds no names: it was stripped');
  const names = offsets[view.getUint32(table + 24, true)];
  if (names === undefined) throw notElf('its names are missing');
  const namesAt = view.getUint32(names + 16, true);
  const [first, sizeBytes] = [view.getUint32(table + 16, true), view.getUint32(table + 20, true)];
  const length = Math.min(Math.floor(sizeBytes / symbolBytes), mostSymbols);
  return Array.from({ length }, (_, i) => symbolAt(file, view, first + i * symbolBytes, namesAt))
    .filter((symbol) => symbol !== null)
    .sort((a, b) => a.address - b.address);
}

function symbolAt(file: Uint8Array, view: DataView, at: number, namesAt: number): FunctionSymbol | null {
  if ((view.getUint8(at + 12) & 15) !== symbolTypeFunction) return null;
  const nameAt = namesAt + view.getUint32(at, true);
  const end = file.indexOf(0, nameAt);
  if (end < 0) throw notElf('it is cut off');
  const name = new TextDecoder().decode(file.subarray(nameAt, end));
  return {
    name: plainName(name),
    address: view.getUint32(at + 4, true),
    sizeBytes: view.getUint32(at + 8, true),
  };
}

/** "_ZN6Sensor4readEv" as "Sensor::read"; what is spelled in another way of C++'s stays as it is. */
export function plainName(symbol: string): string {
  const mangled = /^_Z(N?)K?(\d.*)$/.exec(symbol);
  if (!mangled) return symbol;
  const [, isNested, rest = ''] = mangled;
  const parts: string[] = [];
  for (let at = 0; ;) {
    const [digits = ''] = /^\d+/.exec(rest.slice(at)) ?? [];
    if (digits === '') break;
    const start = at + digits.length;
    at = start + Number(digits);
    if (at > rest.length) return symbol;
    parts.push(rest.slice(start, at));
    if (isNested === '') break;
    if (/^[CD]\d/.test(rest.slice(at))) {
      parts.push(`${rest[at] === 'D' ? '~' : ''}${parts.at(-1) ?? ''}`);
      break;
    }
  }
  return parts.join('::');
}

const notElf = (why: string): AppError => new AppError('crash.not-elf', { details: { why } });
