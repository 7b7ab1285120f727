/** The virtual board's files over a flash with NOR semantics that starts as garbage. */
import { beforeEach, describe, expect, test } from 'vitest';
import { layoutNamed } from '../../src/contract/flash-layouts.ts';
import type { Entry } from '../../src/littlefs/types.ts';
import { buildImage } from '../../src/littlefs/writer.ts';
import { littlefsDeviceFiles, type NorFlash } from '../../src/workflows/device-files.ts';
import { garbage, vectorContent } from './littlefs-trees.ts';

/** Erases and programs like a chip, and tells which sectors were erased since it was asked last. */
class RecordingFlash implements NorFlash {
  readonly bytes: Uint8Array;
  #erased: number[] = [];

  constructor(sizeBytes: number) {
    this.bytes = garbage(sizeBytes, 99);
  }

  read(offset: number, sizeBytes: number): Uint8Array {
    return this.bytes.slice(offset, offset + sizeBytes);
  }

  erase(offset: number, sizeBytes: number): void {
    for (let at = offset; at < offset + sizeBytes; at += 4096) this.#erased.push(at);
    this.bytes.fill(0xff, offset, offset + sizeBytes);
  }

  program(offset: number, bytes: Uint8Array): void {
    for (const [i, byte] of bytes.entries()) this.bytes[offset + i] = (this.bytes[offset + i] ?? 0) & byte;
  }

  takeErased(): number[] {
    const erased = this.#erased;
    this.#erased = [];
    return erased;
  }
}

const file = (path: string, sizeBytes: number): Entry => ({ path, content: vectorContent(path, sizeBytes) });
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

describe.each(['4m2m', '1m256', '512k32'])('on %s', (name) => {
  const layout = layoutNamed(name);
  let flash: RecordingFlash;

  beforeEach(() => {
    flash = new RecordingFlash(layout.flashSizeBytes);
  });

  const write = (entries: Entry[]): void => {
    for (const { offset, bytes } of buildImage(layout, entries).runs) {
      flash.erase(layout.fsOffset + offset, bytes.length);
      flash.program(layout.fsOffset + offset, bytes);
    }
    flash.takeErased();
  };

  test('a flash without a file system does not mount, and nothing is formatted', () => {
    const before = flash.bytes.slice();
    const files = littlefsDeviceFiles(flash, layout);
    expect(files.mount()).toBe(false);
    expect(files.list()).toEqual([]);
    expect(files.read('/a.cfg')).toBeNull();
    expect(() => files.replace('/clk', text('1'))).toThrow(
      expect.objectContaining({ code: 'littlefs.absent' }),
    );
    expect(Buffer.compare(flash.bytes, before)).toBe(0);
  });

  test('files are listed and read; what is not there is null', () => {
    write([file('/a.cfg', 600), file('/sel', 9), { kind: 'directory', path: '/empty' }]);
    const files = littlefsDeviceFiles(flash, layout);
    expect(files.mount()).toBe(true);
    expect(files.list()).toEqual(['/a.cfg', '/sel']);
    expect(files.read('/a.cfg')).toEqual(vectorContent('/a.cfg', 600));
    expect(files.read('/empty')).toBeNull();
    expect(files.read('/none')).toBeNull();
  });

  test("replacing a small file erases only the root directory's sector", () => {
    write([file('/a.cfg', 600), file('/clk', 11)]);
    const files = littlefsDeviceFiles(flash, layout);
    files.mount();
    files.replace('/clk', text('1790000000\n'));
    expect(flash.takeErased()).toEqual([layout.fsOffset]);
    expect(files.read('/clk')).toEqual(text('1790000000\n'));
    files.replace('/clk', text('1790000000\n'));
    expect(flash.takeErased()).toEqual([]);
  });

  test('after replacing and adding, a fresh mount finds every file', () => {
    write([file('/a.cfg', 600), file('/d/x', 40), { kind: 'directory', path: '/empty' }]);
    const files = littlefsDeviceFiles(flash, layout);
    files.mount();
    files.replace('/a.cfg', vectorContent('/new', 5000));
    files.replace('/sel.new', text('1 b a 3\n'));
    const again = littlefsDeviceFiles(flash, layout);
    expect(again.mount()).toBe(true);
    expect(again.list().sort()).toEqual(['/a.cfg', '/d/x', '/sel.new']);
    expect(again.read('/a.cfg')).toEqual(vectorContent('/new', 5000));
    expect(again.read('/d/x')).toEqual(vectorContent('/d/x', 40));
    expect(again.read('/sel.new')).toEqual(text('1 b a 3\n'));
  });

  test("a file that does not fit, or has a directory's name, is refused and nothing changes", () => {
    write([file('/a.cfg', 600), file('/d/x', 70)]);
    const files = littlefsDeviceFiles(flash, layout);
    files.mount();
    expect(() => files.replace('/big', new Uint8Array(layout.fsSizeBytes))).toThrow(
      expect.objectContaining({ code: 'littlefs.space' }),
    );
    expect(() => files.replace('/d', text('x'))).toThrow(expect.objectContaining({ code: 'littlefs.path' }));
    expect(flash.takeErased()).toEqual([]);
    expect(files.list()).toEqual(['/a.cfg', '/d/x']);
  });

  test('the file system of another layout does not mount', () => {
    const other = { ...layout, blockCount: layout.blockCount - 1 };
    write([file('/a.cfg', 600)]);
    expect(littlefsDeviceFiles(flash, other).mount()).toBe(false);
  });
});
