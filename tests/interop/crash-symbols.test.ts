/** Names of a crash's functions from a real ELF file of the chip's own toolchain, whose addr2line is the judge. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { functionAt, functionSymbols, plainName } from '../../src/console/elf-symbols.ts';
import { asAppError } from '../../src/shared/errors.ts';

const source = `
struct Sensor { Sensor(); int read(int pin) const; };
Sensor::Sensor() { asm volatile("nop"); }
int Sensor::read(int pin) const { asm volatile("nop"); return pin * 3; }
namespace door { int open(const Sensor& sensor) { return sensor.read(4) + 1; } }
static int counter;
int __attribute__((noinline)) loop_(int turns) { counter += turns; return counter; }
extern "C" int setup() { Sensor sensor; return door::open(sensor) + loop_(counter); }
`;
const names = ['Sensor::Sensor', 'Sensor::read', 'door::open', 'loop_', 'setup'];
let folder = '';
let elf = new Uint8Array();

const tool = (name: string, ...args: string[]): string =>
  execFileSync(`xtensa-lx106-elf-${name}`, args, { cwd: folder, encoding: 'utf8' });

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'signet-elf-'));
  writeFileSync(path.join(folder, 'sketch.cpp'), source);
  const flags = ['-g', '-Os', '-fno-inline', '-fno-exceptions', '-fno-rtti', '-nostdlib', '-ffreestanding'];
  tool('g++', ...flags, '-Wl,-esetup,-Ttext=0x40201000', '-o', 'sketch.elf', 'sketch.cpp');
  elf = new Uint8Array(readFileSync(path.join(folder, 'sketch.elf')));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const refusalOf = (bytes: Uint8Array): string => {
  try {
    functionSymbols(bytes);
    return 'none';
  } catch (thrown) {
    return asAppError(thrown).code;
  }
};

describe("a program's functions", () => {
  it('are those that addr2line names, at every instruction', () => {
    const symbols = functionSymbols(elf);
    expect(new Set(symbols.map(({ name }) => name))).toEqual(new Set(names));
    const addresses = symbols.flatMap(({ address, sizeBytes }) =>
      Array.from({ length: sizeBytes }, (_, i) => address + i),
    );
    expect(addresses.length).toBeGreaterThan(50);
    const told = tool('addr2line', '-fC', '-e', 'sketch.elf', ...addresses.map((a) => `0x${a.toString(16)}`));
    const judged = told.split('\n').filter((_, i) => i % 2 === 0);
    addresses.forEach((address, i) => {
      const name = functionAt(symbols, address)?.name ?? '';
      expect(judged[i]?.replace(/\(.*/, '').split('::').at(-1)).toBe(name.split('::').at(-1));
    });
  });

  it('are none where no code is', () => {
    const symbols = functionSymbols(elf);
    expect(functionAt(symbols, 0x40100000)).toBeNull();
    expect(functionAt(symbols, 0x40300000)).toBeNull();
    expect(functionAt([], 0x40201000)).toBeNull();
  });

  it('cannot be read from another file, a stripped one, or one that is cut before its names', () => {
    tool('strip', '-o', 'stripped.elf', 'sketch.elf');
    expect(refusalOf(new Uint8Array(readFileSync(path.join(folder, 'stripped.elf'))))).toBe('crash.not-elf');
    expect(refusalOf(new Uint8Array(readFileSync(process.execPath).subarray(0, 4096)))).toBe('crash.not-elf');
    expect(refusalOf(new Uint8Array())).toBe('crash.not-elf');
    const namesEnd = elf.length - 3 * 40;
    for (let length = 0; length < namesEnd; length += 97)
      expect(refusalOf(elf.subarray(0, length))).toBe('crash.not-elf');
  });

  it('never fail otherwise, whatever byte is wrong', () => {
    for (let at = 0; at < elf.length; at += 1) {
      const bytes = elf.slice();
      bytes[at] = (bytes[at] ?? 0) ^ 0xff;
      expect(['none', 'crash.not-elf']).toContain(refusalOf(bytes));
    }
  });
});

describe("C++'s spelling of a name", () => {
  it.each([
    ['loop', 'loop'],
    ['_Z4loopv', 'loop'],
    ['_ZN6Sensor4readEi', 'Sensor::read'],
    ['_ZNK6Sensor4readEi', 'Sensor::read'],
    ['_ZN6SensorC2Ev', 'Sensor::Sensor'],
    ['_ZN6SensorD0Ev', 'Sensor::~Sensor'],
    ['_ZplRK6Stringi', '_ZplRK6Stringi'],
    ['_Z99cut', '_Z99cut'],
  ])('%s is %s', (symbol, name) => {
    expect(plainName(symbol)).toBe(name);
  });
});
