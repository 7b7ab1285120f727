/**
 * Modelled seconds, bytes and sectors of flashing the virtual board: a 480 KB program and a 2 MB-layout file system with
 * 40 KB in use; five sectors of settings; nothing new. The yardstick is esptool-js as shipped, on the same board.
 */
import type { Bench } from './support/bench.ts';
import {
  flash,
  flashAsShipped,
  fullRequest,
  measured,
  onBoard,
  settingsRequest,
  shippedFlasher,
  type Modelled,
} from './support/modelled-flash.ts';

const results = new Map<string, Promise<Modelled>>();
/** A run that several figures come from is made once. */
function once(key: string, make: () => Promise<Modelled>): Promise<Modelled> {
  const made = results.get(key) ?? make();
  results.set(key, made);
  return made;
}

const ours = (baudRate: number): Promise<Modelled> =>
  once(`ours.${baudRate}`, () =>
    onBoard((board) => measured(board, () => flash(board, fullRequest, baudRate))),
  );

const shipped = (baudRate: number): Promise<Modelled> =>
  once(`shipped.${baudRate}`, () =>
    onBoard((board) => measured(board, () => flashAsShipped(board, fullRequest, baudRate))),
  );

const full = (baudRate: number): Bench => ({
  name: `flash.full.${baudRate}`,
  unit: 'modelled s',
  run: async () => ({
    value: (await ours(baudRate)).seconds,
    yardstick: { name: shippedFlasher, value: (await shipped(baudRate)).seconds },
  }),
});

const detail = (suffix: string, unit: string, of: (modelled: Modelled) => number): Bench => ({
  name: `flash.full.460800.${suffix}`,
  unit,
  run: async () => ({
    value: of(await ours(460_800)),
    yardstick: { name: shippedFlasher, value: of(await shipped(460_800)) },
  }),
});

const settings: Bench = {
  name: 'flash.settings.460800',
  unit: 'modelled s',
  run: async () => ({
    value: (await onBoard((board) => measured(board, () => flash(board, settingsRequest, 460_800)))).seconds,
    yardstick: {
      name: `${shippedFlasher}, whole file system`,
      value: (
        await onBoard((board) => measured(board, () => flashAsShipped(board, settingsRequest, 460_800)))
      ).seconds,
    },
  }),
};

const unchanged: Bench = {
  name: 'flash.unchanged.460800',
  unit: 'modelled s',
  run: () =>
    onBoard(async (board) => {
      await flash(board, fullRequest, 460_800);
      const { seconds } = await measured(board, () => flash(board, fullRequest, 460_800));
      return { value: seconds, yardstick: null };
    }),
};

/** What a person needs to take one board off the cable and put the next one on. */
const HANDLING_S = 5;
const SECONDS_AN_HOUR = 3600;

const boardsPerHour: Bench = {
  name: 'flash.boards-per-hour',
  unit: '1/h modelled',
  run: async () => ({
    value: SECONDS_AN_HOUR / ((await ours(460_800)).seconds + HANDLING_S),
    yardstick: {
      name: shippedFlasher,
      value: SECONDS_AN_HOUR / ((await shipped(460_800)).seconds + HANDLING_S),
    },
  }),
};

export const benches: readonly Bench[] = [
  full(115_200),
  full(460_800),
  full(921_600),
  detail('wire-bytes', 'bytes', ({ wireBytes }) => wireBytes),
  detail('sectors', 'count', ({ sectorsErased }) => sectorsErased),
  settings,
  unchanged,
  boardsPerHour,
];
