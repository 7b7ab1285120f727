/** The AVR slave in simavr: what the firmware's `outputs` command sends, and what noise makes of it. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Fixture } from '../contract/fixture.ts';
import { startWasmHome } from '../contract/homes.ts';
import { play } from '../contract/play.ts';
import { AvrSlave, bitsOf, buildHex, buildSimulator, committedHex } from './avr-simulator.ts';

let simulator = '';
let slave: AvrSlave;

beforeAll(() => {
  simulator = buildSimulator();
});

/** A slave that has started. */
async function powerUp(): Promise<AvrSlave> {
  slave = new AvrSlave(simulator, committedHex);
  await slave.send('run 400');
  return slave;
}

afterEach(() => slave.close());

describe('the AVR slave', () => {
  it('is the program that its source makes', async () => {
    await powerUp();
    expect(readFileSync(committedHex, 'latin1')).toBe(readFileSync(buildHex(), 'latin1'));
  });

  it('has every relay off from the first moment: the level before the direction', async () => {
    expect((await powerUp()).changes).toEqual(['port ff', 'direction ff']);
  });

  it('shows each byte on port D, the most significant bit on PD7, at 2 MHz', async () => {
    await powerUp();
    for (let byte = 0; byte < 256; byte++) {
      await slave.transfer(bitsOf(byte));
      expect(slave.port).toBe(byte);
    }
  });

  it('keeps its outputs for as long as nobody sends, the watchdog notwithstanding', async () => {
    await powerUp();
    await slave.transfer(bitsOf(0xfa));
    await slave.send('run 16000000');
    expect(slave.changes.slice(-1)).toEqual(['port fa']);
  });

  it('takes bytes as fast as a master can send them', async () => {
    await powerUp();
    const orders = Array.from({ length: 256 }, (_, byte) => [
      'select',
      'run 4',
      `bits ${bitsOf(byte ^ 0x55)}`,
      'run 4',
      'deselect',
      'run 16',
    ]).flat();
    await slave.send(...orders, 'run 40');
    const shown = slave.changes.slice(2).map((line) => parseInt(line.slice(5), 16));
    expect(shown).toEqual(Array.from({ length: 256 }, (_, byte) => byte ^ 0x55));
  });
});

describe('noise on the AVR slave', () => {
  it.each([
    ['a select without a clock', ''],
    ['a byte cut short', '0000000'],
    ['two bytes in one select', '0000000000000000'],
    ['a stuck clock', '0'.repeat(2000)],
  ])('changes nothing: %s', async (_, bits) => {
    await powerUp();
    await slave.transfer(bitsOf(0xfe));
    await slave.transfer(bits);
    expect(slave.port).toBe(0xfe);
    await slave.transfer(bitsOf(0xfb));
    expect(slave.port).toBe(0xfb);
  });

  it('changes nothing: a clock while another chip is selected', async () => {
    await powerUp();
    await slave.send('bits 0000000000000000', 'run 40');
    expect(slave.port).toBe(0xff);
  });

  it('shows the last select that had one byte, whatever came between', async () => {
    const select = fc.array(fc.constantFrom('0', '1'), { maxLength: 20 }).map((bits) => bits.join(''));
    const selects = fc.array(fc.oneof(select, fc.integer({ min: 0, max: 255 }).map(bitsOf)), {
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(selects, async (all) => {
        const own = await powerUp();
        for (const bits of all) await own.transfer(bits);
        own.close();
        const whole = all.filter((bits) => bits.length >= 8 && bits.length < 16).at(-1);
        expect(own.port).toBe(whole === undefined ? 0xff : parseInt(whole.slice(0, 8), 2));
      }),
      { numRuns: 60 },
    );
  });
});

describe('the firmware and the AVR slave together', () => {
  const contract = path.resolve(import.meta.dirname, '../contract/commands.json');
  const fixtures = JSON.parse(readFileSync(contract, 'utf8')) as Fixture[];
  const title = 'switches outputs on for a time, the byte inverted';

  it('switch a zone on by command and off by themselves', async () => {
    const fixture = fixtures.find((each) => each.title === title);
    if (!fixture) throw new Error(`no fixture "${title}"`);
    const home = await startWasmHome();
    const { found } = await play(fixture, [home]);
    home.close();
    const sent = found.flat().filter((line) => line.startsWith('spi 16 '));
    await powerUp();
    const zonesOn: number[][] = [];
    for (const line of sent) {
      await slave.transfer(bitsOf(Number(line.split(' ')[2])));
      zonesOn.push([1, 2, 3, 4, 5, 6, 7, 8].filter((zone) => ((slave.port >> (zone - 1)) & 1) === 0));
    }
    // Zone 1 for two seconds, zone 3 for an hour, zone 1's time is over, zone 3 by command.
    expect(zonesOn).toEqual([[1], [1, 3], [3], []]);
  });
});
