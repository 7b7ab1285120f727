// Real esptool-js against the virtual board: it must not be able to tell.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { ApplicationHost, Machine } from '../../src/virtual-board/application.ts';
import { VirtualBoard, type VirtualBoardOptions } from '../../src/virtual-board/virtual-board.ts';
import {
  bootImage,
  connect,
  esptool,
  firmwareLike,
  md5Hex,
  readUntil,
  same,
  write,
} from './virtual-board-host.ts';

const boards: VirtualBoard[] = [];
function makeBoard(options: VirtualBoardOptions = {}): VirtualBoard {
  const board = new VirtualBoard(options);
  boards.push(board);
  return board;
}

// esptool-js reports every end of its read loop on the console, whatever terminal it was given.
beforeAll(() => void vi.spyOn(console, 'log').mockImplementation(() => undefined));
// The tests run side by side: mostly they wait for esptool-js's own pauses.
afterAll(() => boards.forEach((board) => board.stop()));

describe.concurrent('recognising the chip', () => {
  test('esptool-js finds chip, MAC and crystal, uploads its stub and raises the baud rate', async () => {
    const board = makeBoard({ macAddress: '5c:cf:7f:0a:0b:c0' });
    const { loader, transport, log } = await connect(board, 460_800);
    expect(loader.chip.CHIP_NAME).toBe('ESP8266');
    expect(await loader.chip.getChipDescription(loader)).toBe('ESP8266EX');
    expect(log).toContain('MAC: 5c:cf:7f:0a:0b:c0');
    expect(log).toContain('Crystal is 26MHz');
    expect(log).toContain('Stub running...');
    expect(loader.IS_STUB).toBe(true);
    expect(transport.baudrate).toBe(460_800);
    expect(board.mode).toBe('stub');
  });

  test('the baud rate changes once: a second change falls back to 115200, as on hardware', async () => {
    const board = makeBoard();
    const { loader, log } = await connect(board, 230_400);
    Object.assign(loader, { baudrate: 460_800 });
    await loader.changeBaud();
    expect(log.some((line) => line.includes('Continuing at 115200 baud'))).toBe(true);
    expect(board.mode).toBe('stub');
  });

  test('the flash id reads wrongly as esptool-js ships, and rightly once the lengths go to USER1', async () => {
    const { loader } = await connect(makeBoard({ flashId: 0x1640ef }));
    expect(await loader.readFlashId()).toBe(0x80);
    await loader.writeReg(0x60000220, 23 << 8);
    expect(await loader.readFlashId()).toBe(0x1640ef);
    Object.assign(loader.chip, { SPI_MOSI_DLEN_OFFS: null, SPI_MISO_DLEN_OFFS: null });
    expect(await loader.readFlashId()).toBe(0x1640ef);
    expect(await loader.detectFlashSize()).toBe('4MB');
  });

  test.each([
    [1 << 20, '1MB'],
    [2 << 20, '2MB'],
  ])('a flash of %i bytes says that it is %s', async (flashSizeBytes, text) => {
    const { loader } = await connect(makeBoard({ flashSizeBytes }));
    Object.assign(loader.chip, { SPI_MOSI_DLEN_OFFS: null, SPI_MISO_DLEN_OFFS: null });
    expect(await loader.detectFlashSize()).toBe(text);
  });

  test('another chip is recognised as such', async () => {
    const { loader } = esptool(makeBoard({ chip: 'esp32' }));
    await loader.detectChip();
    expect(loader.chip.CHIP_NAME).toBe('ESP32');
  });

  test('the ROM finds a high baud rate by itself', async () => {
    const board = makeBoard();
    const { loader } = esptool(board, 460_800, 460_800);
    await loader.main();
    expect(loader.IS_STUB).toBe(true);
  });

  test('a board without auto-reset answers only after hands put it into the loader', async () => {
    const board = makeBoard({ autoReset: false });
    const { loader } = esptool(board);
    await expect(loader.connect('default_reset', 1)).rejects.toThrow('Failed to connect');
    await loader.transport.disconnect();
    await board.pressReset({ gpio0: 0 });
    const byHand = esptool(board);
    await byHand.loader.main('no_reset');
    expect(byHand.loader.IS_STUB).toBe(true);
  });
});

describe.concurrent('writing', () => {
  const image = firmwareLike(150_001);

  test.each([true, false])(
    'what esptool-js writes is in flash byte by byte (compressed: %s)',
    async (compress) => {
      const board = makeBoard({ seed: 3 });
      const before = board.flash.read(0, board.flash.sizeBytes);
      const host = await connect(board, 921_600);
      await write(host, [{ data: image, address: 0x10_0000 }], { compress });
      expect(same(board.flash.read(0x10_0000, image.length), image)).toBe(true);
      expect(host.log).toContain('Hash of data verified.');
      const end = 0x10_0000 + Math.ceil(image.length / 4096) * 4096;
      expect(same(board.flash.read(0, 0x10_0000), before.subarray(0, 0x10_0000))).toBe(true);
      expect(same(board.flash.bytes.subarray(end), before.subarray(end))).toBe(true);
    },
  );

  test('readFlash gives back what is there', async () => {
    const board = makeBoard({ seed: 9 });
    const { loader } = await connect(board, 921_600);
    const back = await loader.readFlash(0x2f_f800, 10_001);
    expect(same(back, board.flash.read(0x2f_f800, 10_001))).toBe(true);
  });

  test('the MD5 is the one of the flash', async () => {
    const board = makeBoard();
    const { loader } = await connect(board);
    expect(await loader.flashMd5sum(0x1234, 70_000)).toBe(md5Hex(board.flash.read(0x1234, 70_000)));
  });

  test('erasing a region leaves its neighbours, erasing the chip leaves nothing', async () => {
    const board = makeBoard();
    const { loader } = await connect(board);
    const neighbour = board.flash.read(0x3000, 0x1000);
    const words = new Uint8Array(new Uint32Array([0x4000, 0x12000]).buffer);
    await loader.checkCommand('erase region', 0xd1, words, undefined, undefined, 30_000);
    expect(board.flash.isBlank(0x4000, 0x12000)).toBe(true);
    expect(board.flash.isBlank(0x16000, 0x1000)).toBe(false);
    expect(board.flash.read(0x3000, 0x1000)).toEqual(neighbour);
    await loader.eraseFlash();
    expect(board.flash.isBlank(0, board.flash.sizeBytes)).toBe(true);
  });

  test('a write past the end of the flash is told late, with status 196', async () => {
    const board = makeBoard();
    const { loader } = await connect(board, 921_600);
    const tooHigh = { data: firmwareLike(40_000), address: board.flash.sizeBytes - 8192 };
    const attempt = loader.writeFlash({
      fileArray: [tooHigh],
      flashSize: 'keep',
      flashMode: 'keep',
      flashFreq: 'keep',
      eraseAll: false,
      compress: true,
    });
    await expect(attempt).rejects.toThrow('196');
  });

  test('blank sectors are not erased again, used ones are', async () => {
    const board = makeBoard({ flash: new Uint8Array(1 << 20).fill(0xff) });
    const host = await connect(board);
    board.resetModelled();
    await write(host, [{ data: image.subarray(0, 20_000), address: 0 }], { verify: false });
    expect(board.modelled.sectorsErased).toBe(0);
    await write(host, [{ data: image.subarray(0, 20_000), address: 0 }], { verify: false });
    expect(board.modelled.sectorsErased).toBe(5);
  });
});

describe.concurrent('leaving the loader', () => {
  const greets = (text: string, seen: Machine[] = []): ApplicationHost => ({
    start: (machine) => {
      seen.push(machine);
      machine.uartWrite(new TextEncoder().encode(text), 115_200);
      return Promise.resolve({ stop: () => undefined });
    },
  });

  test('no after() mode resets the chip, RTS does, and the flashed program runs', async () => {
    const seen: Machine[] = [];
    const board = makeBoard({ application: greets('hello from flash\r\n', seen) });
    const host = await connect(board);
    const image = bootImage(firmwareLike(20_000));
    await write(host, [{ data: image, address: 0 }]);
    await host.loader.after('hard_reset');
    await host.loader.after('soft_reset');
    expect(board.mode).toBe('stub');
    expect(seen).toHaveLength(0);
    await host.loader.after('custom_reset', undefined, 'D0|R1|W20|R0|W20');
    expect(board.mode).toBe('running');
    expect(seen).toHaveLength(1);
    expect(seen[0]?.resetCause).toBe('external');
    expect(seen[0]?.readFlash(0, image.length)).toEqual(image);
  });

  test('the boot ROM speaks at 74880 baud, then the program at its own', async () => {
    const flash = new Uint8Array(1 << 20);
    flash.set(bootImage(firmwareLike(5000)));
    const board = makeBoard({ flash, application: greets('ready\r\n') });
    await board.port.open({ baudRate: 74_880 });
    await board.pressReset();
    const text = await readUntil(board.port, 'csum');
    expect(text).toContain(' ets Jan  8 2013,rst cause:2, boot mode:(3,6)\r\n');
    expect(text).toContain('load 0x40100000, len 5000, room 16 \r\ntail 8\r\n');
    expect(text).not.toContain('ready');
    await board.port.close();
    await board.port.open({ baudRate: 115_200 });
    await board.pressReset();
    const later = await readUntil(board.port, 'ready');
    expect(later).not.toContain('ets Jan');
  });

  test.each([
    ['garbage', undefined, 'ets_main.c'],
    ['a damaged image', bootImage(firmwareLike(3000)), 'csum err'],
  ])('%s in flash does not start, and says so', async (_, image, words) => {
    const flash = new Uint8Array(1 << 20).fill(0xa5);
    if (image !== undefined) {
      flash.set(image);
      flash[2000] = 0xff ^ (flash[2000] ?? 0);
    }
    const board = makeBoard({ flash, application: greets('never') });
    await board.port.open({ baudRate: 74_880 });
    await board.pressReset();
    expect(await readUntil(board.port, 'ets_main.c')).toContain(words);
    expect(board.mode).toBe('crashed');
  });

  test('a reset stops the running program, and nothing it does later reaches the board', async () => {
    let stopped = 0;
    const machines: Machine[] = [];
    const application: ApplicationHost = {
      start: (machine) => {
        machines.push(machine);
        return Promise.resolve({
          stop: () => {
            stopped++;
          },
        });
      },
    };
    const flash = new Uint8Array(1 << 20);
    flash.set(bootImage(firmwareLike(100)));
    const board = makeBoard({ flash, application });
    await Promise.resolve();
    machines[0]?.rtcMemory.fill(0x5a);
    machines[0]?.restart();
    expect(stopped).toBe(1);
    expect(machines).toHaveLength(2);
    expect(machines[1]?.resetCause).toBe('software');
    expect(machines[1]?.rtcMemory[511]).toBe(0x5a);
    machines[0]?.programFlash(0x8000, new Uint8Array(16));
    machines[0]?.restart();
    expect(machines).toHaveLength(2);
    expect(board.flash.read(0x8000, 16)).toEqual(flash.slice(0x8000, 0x8010));
    board.unplug();
    board.plug();
    expect(machines[2]?.resetCause).toBe('power');
    expect(machines[2]?.rtcMemory[511]).toBe(0);
  });

  test('the program hears what the terminal sends', async () => {
    const machines: Machine[] = [];
    const flash = new Uint8Array(1 << 20);
    flash.set(bootImage(firmwareLike(100)));
    const board = makeBoard({ flash, application: greets('ready\r\n', machines) });
    await board.port.open({ baudRate: 115_200 });
    await board.pressReset();
    const writer = board.port.writable?.getWriter();
    await writer?.write(new TextEncoder().encode('info\r\n'));
    expect(new TextDecoder().decode(machines.at(-1)?.uartRead())).toBe('info\r\n');
    expect(machines.at(-1)?.uartRead()).toHaveLength(0);
  });
});
