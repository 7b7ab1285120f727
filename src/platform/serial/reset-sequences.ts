/**
 * How DTR and RTS bring an ESP8266 into its boot loader, and out of it. Two transistors (or bare wires) join DTR to
 * GPIO0 and RTS to EN; no order and timing suits every board, so several are tried.
 */
import type { SerialLink } from '../../ports/serial.ts';
import type { Clock } from '../../shared/clock.ts';

export interface ResetStep {
  readonly dtr?: boolean;
  readonly rts?: boolean;
  readonly thenWaitMs: number;
}

export interface ResetSequence {
  readonly name: string;
  readonly steps: readonly ResetStep[];
}

const release: ResetStep = { dtr: false, rts: false, thenWaitMs: 0 };

const transistors = (name: string, resetMs: number, settleMs: number): ResetSequence => ({
  name,
  steps: [
    { dtr: false, rts: true, thenWaitMs: resetMs },
    { dtr: true, rts: false, thenWaitMs: settleMs },
    release,
  ],
});

/** GPIO0 is pulled down while EN is still low: for boards whose lines are joined without transistors. */
const bareWires: ResetSequence = {
  name: 'bare wires',
  steps: [
    { dtr: false, rts: true, thenWaitMs: 100 },
    { dtr: true, thenWaitMs: 20 },
    { rts: false, thenWaitMs: 100 },
    release,
  ],
};

/** RTS on GPIO0 and DTR on EN. */
const swapped: ResetSequence = {
  name: 'swapped lines',
  steps: [
    { dtr: true, rts: false, thenWaitMs: 100 },
    { rts: true, thenWaitMs: 10 },
    { dtr: false, thenWaitMs: 100 },
    release,
  ],
};

/** In the order they are tried. */
export const resetSequences: readonly ResetSequence[] = [
  transistors('classic', 50, 50),
  transistors('classic, slow', 100, 550),
  bareWires,
  swapped,
  transistors('classic, long reset', 300, 150),
  bareWires,
];

/** EN low with GPIO0 high: the chip starts its program. The data sheet asks for 0.1 ms; a capacitor on EN takes a few. */
const runProgram: ResetSequence = {
  name: 'run',
  steps: [{ dtr: false, rts: true, thenWaitMs: 50 }, release],
};

export async function resetIntoLoader(
  link: SerialLink,
  sequence: ResetSequence,
  clock: Clock,
): Promise<void> {
  await perform(link, sequence, clock);
}

/** Starts the program in the flash. esptool-js's own "hard reset" never asserts RTS. */
export async function resetIntoProgram(link: SerialLink, clock: Clock): Promise<void> {
  await perform(link, runProgram, clock);
}

async function perform(link: SerialLink, sequence: ResetSequence, clock: Clock): Promise<void> {
  for (const { thenWaitMs, ...signals } of sequence.steps) {
    await link.setSignals(signals);
    // An unplugged board needs no waiting for.
    if (thenWaitMs > 0) await clock.sleep(thenWaitMs, link.gone);
  }
}
