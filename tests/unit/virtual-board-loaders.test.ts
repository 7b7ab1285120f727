// ROM and stub, packet by packet: what esptool-js never sends, and what only faithful loaders do.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { FaultInjector } from '../../src/virtual-board/faults.ts';
import { garbage, NorFlash } from '../../src/virtual-board/nor-flash.ts';
import * as wire from '../../src/virtual-board/protocol.ts';
import { seededRandom } from '../../src/virtual-board/random.ts';
import { encodeSlip, SlipDecoder } from '../../src/virtual-board/slip.ts';
import { VirtualBoard } from '../../src/virtual-board/virtual-board.ts';
import { BareHost, firmwareLike, same } from './virtual-board-host.ts';

const IRAM = 0x4010c500;
let board: VirtualBoard;
beforeEach(() => {
  board = new VirtualBoard({ seed: 5 });
});
afterEach(() => board.stop());

describe('the ROM loader', () => {
  test('swallows the first SYNC and answers the second eight times, with the value that says ROM', async () => {
    const host = await BareHost.enterLoader(board);
    const { opcode, value, status } = await host.request(wire.READ_REG, [0x40001000]);
    expect({ opcode, value, status }).toEqual({ opcode: wire.READ_REG, value: 0xfff0c101, status: [0, 0] });
  });

  test('refuses wrong sizes with 1,5, and what it does not know eight times under the last command’s name', async () => {
    const host = await BareHost.enterLoader(board);
    expect((await host.request(wire.FLASH_BEGIN, [0, 0, 0x400, 0, 0])).status).toEqual([1, 5]);
    expect((await host.request(wire.FLASH_BEGIN, [0, 0, 0x4000, 0])).status).toEqual([1, 5]);
    await host.send(0x14, new Uint8Array(0));
    for (let i = 0; i < 8; i++) {
      expect(await host.reply()).toMatchObject({ opcode: wire.FLASH_BEGIN, status: [1, 5] });
    }
  });

  test('writes without a stub, in its own small blocks, checking sum and sequence', async () => {
    const host = await BareHost.enterLoader(board);
    const block = firmwareLike(0x400);
    expect((await host.request(wire.FLASH_BEGIN, [0x1000, 2, 0x400, 0x8000])).status).toEqual([0, 0]);
    expect((await host.request(wire.FLASH_DATA, [0x400, 1, 0, 0], block)).status).toEqual([1, 6]);
    expect((await host.request(wire.FLASH_DATA, [0x400, 0, 0, 0], block)).status).toEqual([0, 0]);
    expect((await host.request(wire.FLASH_DATA, [0x400, 1, 0, 0], block)).status).toEqual([0, 0]);
    expect(same(board.flash.read(0x8400, 0x400), block)).toBe(true);
    const bad = new Uint8Array([...new Uint8Array(Uint32Array.of(0x400, 2, 0, 0).buffer), ...block]);
    await host.send(wire.FLASH_DATA, bad, Uint8Array.of(1));
    expect((await host.reply()).status).toEqual([1, 7]);
  });

  test.each([
    ['within one block everything twice', 0x2000, 3, 6],
    ['across a block’s edge the head twice', 0xe000, 6, 8],
  ])('erases too much: %s', async (_, offset, asked, erased) => {
    const host = await BareHost.enterLoader(board);
    await host.request(wire.FLASH_BEGIN, [asked * 4096, 1, 0x400, offset]);
    expect(board.flash.isBlank(offset, erased * 4096)).toBe(true);
    expect(board.flash.isBlank(offset + erased * 4096, 4096)).toBe(false);
    expect(board.modelled.sectorsErased).toBe(erased);
  });

  test('reads back what it programmed and says when it is not that', async () => {
    board.setFaults({ flashBits: [{ offset: 0x8010, bit: 3, kind: 'stuckAt0' }] });
    const host = await BareHost.enterLoader(board);
    await host.request(wire.FLASH_BEGIN, [0x1000, 1, 0x400, 0x8000]);
    const ones = new Uint8Array(0x400).fill(0xff);
    expect((await host.request(wire.FLASH_DATA, [0x400, 0, 0, 0], ones)).status).toEqual([1, 8]);
  });

  test.each([
    ['comes back to the loader its pins ask for', 0, 'rom-loader'],
    ['leaves the loader for the program, of which this flash has none', 1, 'crashed'],
  ])('FLASH_END %s', async (_, flag, mode) => {
    const host = await BareHost.enterLoader(board);
    expect((await host.request(wire.FLASH_END, [flag])).status).toEqual([0, 0]);
    expect(board.mode).toBe(mode);
  });

  test('a jump to where nothing was loaded is no stub', async () => {
    const host = await BareHost.enterLoader(board);
    expect((await host.request(wire.MEM_BEGIN, [16, 1, 0x1800, IRAM])).status).toEqual([0, 0]);
    const code = new Uint8Array(16).fill(1);
    expect((await host.request(wire.MEM_END, [0, IRAM])).status).toEqual([1, 6]);
    expect((await host.request(wire.MEM_DATA, [16, 0, 0, 0], code)).status).toEqual([0, 0]);
    await host.request(wire.MEM_END, [0, IRAM + 16]);
    expect(board.mode).not.toBe('stub');
  });
});

async function enterStub(): Promise<BareHost> {
  const host = await BareHost.enterLoader(board);
  await host.request(wire.MEM_BEGIN, [16, 1, 0x1800, IRAM]);
  await host.request(wire.MEM_DATA, [16, 0, 0, 0], new Uint8Array(16).fill(1));
  await host.request(wire.MEM_END, [0, IRAM + 4]);
  expect(new TextDecoder().decode(await host.frame())).toBe('OHAI');
  return host;
}

describe('the stub', () => {
  test('answers SYNC with value 0 and unknown commands with 195', async () => {
    const host = await enterStub();
    await host.send(wire.SYNC, new Uint8Array(36));
    for (let i = 0; i < 8; i++) expect(await host.reply()).toMatchObject({ opcode: wire.SYNC, value: 0 });
    expect((await host.request(0x77, [])).status).toEqual([0xc3, 0]);
  });

  test('acknowledges a block before its work and tells the error with the next reply', async () => {
    const host = await enterStub();
    const sectorAt = board.flash.sizeBytes;
    board.setFaults({ eraseFailsAt: sectorAt - 1 });
    const block = firmwareLike(4096);
    expect((await host.request(wire.FLASH_BEGIN, [8192, 2, 4096, sectorAt - 8192])).status).toEqual([0, 0]);
    expect((await host.request(wire.FLASH_DATA, [4096, 0, 0, 0], block)).status).toEqual([0, 0]);
    expect((await host.request(wire.FLASH_DATA, [4096, 1, 0, 0], block)).status).toEqual([0, 0]);
    expect((await host.request(wire.READ_REG, [0x40001000])).status).toEqual([0xc4, 0]);
    expect((await host.request(wire.READ_REG, [0x40001000])).value).toBe(0xfff0c101);
  });

  test('a repeated deflate block never passes, a bad checksum is refused at once', async () => {
    const host = await enterStub();
    const { zlibSync } = await import('fflate');
    const deflated = zlibSync(firmwareLike(20_000));
    const blocks = [deflated.subarray(0, 8192), deflated.subarray(0, 8192), deflated.subarray(8192)];
    await host.request(wire.FLASH_DEFL_BEGIN, [20_000, blocks.length, 16_384, 0]);
    const errors: number[] = [];
    for (const [i, block] of blocks.entries()) {
      errors.push((await host.request(wire.FLASH_DEFL_DATA, [block.length, i, 0, 0], block)).status[0]);
    }
    errors.push((await host.request(wire.FLASH_DEFL_END, [1])).status[0]);
    expect(errors.some((error) => error >= 0xc0)).toBe(true);
    await host.request(wire.FLASH_DEFL_BEGIN, [20_000, 1, 16_384, 0]);
    const wrong = new Uint8Array([...new Uint8Array(Uint32Array.of(4, 2, 0, 0).buffer), 1, 2, 3, 4]);
    await host.send(wire.FLASH_DEFL_DATA, wrong, Uint8Array.of(9));
    expect((await host.reply()).status).toEqual([0xc1, 0]);
    expect((await host.request(wire.FLASH_DEFL_END, [1])).status).toEqual([0xc0, 0]);
  });

  test('data outside a write is refused, RUN_USER_CODE stays unanswered', async () => {
    const host = await enterStub();
    expect((await host.request(wire.FLASH_DATA, [1, 0, 0, 0], Uint8Array.of(1))).status).toEqual([0xc6, 0]);
    await host.send(wire.RUN_USER_CODE, new Uint8Array(0));
    expect((await host.request(wire.READ_REG, [0x40001000])).opcode).toBe(wire.READ_REG);
    expect(board.mode).toBe('stub');
  });

  test('a lost frame delimiter puts what follows out of step', async () => {
    const host = await enterStub();
    await host.raw(Uint8Array.of(0xc0));
    await host.send(wire.READ_REG, Uint8Array.from([0, 0x10, 0, 0x40]));
    await host.raw(Uint8Array.of(0xc0));
    const { opcode } = await host.request(wire.READ_REG, [0x40001000]);
    expect(opcode).toBe(wire.READ_REG);
  });
});

test.each(['the ROM', 'the stub'])('%s survives any request and any bytes', async (which) => {
  const host = which === 'the ROM' ? await BareHost.enterLoader(board) : await enterStub();
  const known = Object.values(wire).filter((value) => typeof value === 'number');
  // What leaves the loader, or its baud rate, would end the run early; reading takes what follows as acknowledgements.
  const leaving: number[] = [
    wire.FLASH_END,
    wire.MEM_END,
    wire.CHANGE_BAUDRATE,
    wire.READ_FLASH,
    wire.WRITE_REG,
  ];
  const opcode = fc.oneof(fc.constantFrom(...known), fc.nat(255)).filter((value) => !leaving.includes(value));
  const words = fc.array(fc.oneof(fc.nat(70_000), fc.nat(0xffffffff)), { maxLength: 6 });
  const requests = fc.array(fc.tuple(opcode, words, fc.uint8Array({ maxLength: 64 })), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(requests, async (batch) => {
      for (const [op, values, tail] of batch) {
        await host.send(
          op & 0xff,
          new Uint8Array([...new Uint8Array(Uint32Array.from(values).buffer), ...tail]),
          tail,
        );
        await host.raw(tail);
      }
    }),
    { numRuns: 60 },
  );
  expect(board.port.writable?.locked).toBe(false);
  expect(['rom-loader', 'stub']).toContain(board.mode);
});

describe('NOR flash', () => {
  const random = seededRandom(11);
  const none = new FaultInjector({}, random);

  test('programming clears bits and never sets one; erasing sets the sector and nothing else', () => {
    const operation = fc.record({
      erase: fc.boolean(),
      offset: fc.nat(3 * 4096 - 600),
      data: fc.uint8Array({ minLength: 1, maxLength: 600 }),
    });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 20 }), (operations) => {
        const flash = new NorFlash(garbage(3 * 4096, random), () => none);
        for (const { erase, offset, data } of operations) {
          const before = flash.read(0, flash.sizeBytes);
          const sector = Math.floor(offset / 4096) * 4096;
          if (erase) flash.erase(sector, 4096);
          else flash.program(offset, data);
          const expected = before.map((byte, i) => {
            if (erase) return i >= sector && i < sector + 4096 ? 0xff : byte;
            return i >= offset && i < offset + data.length ? byte & (data[i - offset] ?? 0) : byte;
          });
          if (!same(flash.bytes, expected)) return false;
        }
        return true;
      }),
    );
  });

  test('starts as garbage that depends on the seed alone', () => {
    const other = new VirtualBoard({ seed: 5 });
    const third = new VirtualBoard({ seed: 6 });
    expect(same(board.flash.bytes, other.flash.bytes)).toBe(true);
    expect(same(board.flash.bytes, third.flash.bytes)).toBe(false);
    expect(board.flash.isBlank(0, 4096)).toBe(false);
    [other, third].forEach((extra) => extra.stop());
  });
});

test('any bytes survive SLIP', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (payload) => {
      const decoder = new SlipDecoder(300);
      const frames = Array.from(encodeSlip(payload), (byte) => decoder.push(byte)).filter(
        (frame) => frame !== null,
      );
      return frames.length === 1 && same(frames[0] ?? new Uint8Array(0), payload);
    }),
  );
});
