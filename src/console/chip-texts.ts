/**
 * What the ESP8266's boot ROM and its crash handler print, in plain words. Facts from Espressif's "ESP8266 Reset Causes
 * and Common Fatal Exception Causes" and from the ROM's own texts. Signet's boot lines are not read here.
 */
import { isGarbled } from './serial-lines.ts';

export interface LineExplanation {
  readonly level: 'info' | 'warn' | 'bad';
  readonly cause: string;
  /** What to do; absent when there is nothing to do. */
  readonly remedy?: string;
}

interface Pattern {
  readonly pattern: RegExp;
  readonly explain: (match: RegExpExecArray) => LineExplanation | null;
}

const info = (cause: string): LineExplanation => ({ level: 'info', cause });
const warn = (cause: string, remedy: string): LineExplanation => ({ level: 'warn', cause, remedy });
const bad = (cause: string, remedy: string): LineExplanation => ({ level: 'bad', cause, remedy });

const resetCauses: Readonly<Record<string, string>> = {
  '0': 'an unknown reason',
  '1': 'power-on',
  '2': 'the reset pin',
  '3': 'a software reset or the software watchdog',
  '4': 'the hardware watchdog',
};

const downloadMode = warn(
  'The chip waits for a program over the serial line (download mode) instead of running its own.',
  'Let go of FLASH (GPIO0) and press RST.',
);

function explainBootMode(match: RegExpExecArray): LineExplanation {
  const [, cause = '', mode = ''] = match;
  // The low three bits are the strapping pins GPIO15, GPIO0 and GPIO2.
  const pins = Number(mode) & 7;
  if (pins === 1) return downloadMode;
  if (pins >= 4) {
    return bad(
      `The chip starts in SDIO mode (boot mode ${mode}): GPIO15 is high while it starts.`,
      'Connect GPIO15 to GND through a resistor, then press RST.',
    );
  }
  if (pins !== 3) {
    return bad(
      `The chip does not start from its flash (boot mode ${mode}).`,
      'Check what is connected to GPIO0, GPIO2 and GPIO15, then press RST.',
    );
  }
  const why = resetCauses[cause] ?? `cause ${cause}`;
  if (cause === '4') {
    return warn(`The chip restarted by ${why}: its program hung.`, 'Look at the lines before the restart.');
  }
  return info(`The chip starts from its flash, after ${why}.`);
}

const exceptions: Readonly<Record<string, string>> = {
  '0': 'an instruction the chip does not know: the program in the flash is damaged or jumped astray',
  '2': 'code could not be fetched from the flash',
  '3': 'data was read or written where the chip cannot, for example byte by byte in program memory',
  '6': 'a division by zero',
  '9': 'an address that is not aligned',
  '20': 'a jump to where no code is, often through a null function pointer',
  '28': 'reading from an address that does not exist, often a null pointer',
  '29': 'writing to an address that does not exist, often a null pointer',
};

const reportIt = 'Save the log, with the lines that follow, and report it to the author of the firmware.';

const stackHint = info(
  'Where the program was when it crashed follows, as addresses; what they tell stands beneath the last of them.',
);

const contexts: Readonly<Record<string, string>> = {
  cont: "The crash happened in the sketch's own code.",
  sys: "The crash happened in a callback or in the system's code.",
  bearssl: 'The crash happened inside TLS.',
};

function explainRegisters(match: RegExpExecArray): LineExplanation {
  const [, at = '', touched = ''] = match;
  const address = Number.parseInt(touched, 16);
  if (address === 0) return info(`It happened at 0x${at}.`);
  const what = address < 0x1000 ? 'close to zero: a null pointer was used' : `0x${touched}`;
  return info(`It happened at 0x${at}; the address it touched is ${what}.`);
}

const explainException = (match: RegExpExecArray): LineExplanation => {
  const number = match[1] ?? '';
  return bad(
    `The program crashed (exception ${number}): ${exceptions[number] ?? 'a fatal error'}.`,
    reportIt,
  );
};

const patterns: readonly Pattern[] = [
  { pattern: /rst cause:\s*(\d+),\s*boot mode:\s*\((\d+),\s*\d+\)/, explain: explainBootMode },
  { pattern: /waiting for host/, explain: () => downloadMode },
  {
    pattern: /csum err/,
    explain: () =>
      bad(
        'The program in the flash is damaged, or the flash is read in a mode it does not support.',
        'Write the firmware again. If it stays, write it with flash mode DOUT.',
      ),
  },
  {
    pattern: /ets_main\.c/,
    explain: () =>
      bad('The boot ROM found no program it can start in the flash.', 'Write the firmware from offset 0.'),
  },
  { pattern: /(?:Fatal exception|Exception) \(?(\d+)/, explain: explainException },
  { pattern: /\bepc1=0x([0-9a-f]{8})\b.*\bexcvaddr=0x([0-9a-f]{8})/, explain: explainRegisters },
  { pattern: /^>>>stack>>>/, explain: () => stackHint },
  {
    pattern: /^ctx: (\w+)/,
    explain: ([, context = '']) => {
      const text = contexts[context];
      return text === undefined ? null : info(text);
    },
  },
  {
    pattern: /^last failed alloc call: [0-9A-F]+\((\d+)\)/i,
    explain: ([, size = '?']) =>
      bad(
        `Before it crashed, the program could not get ${size} bytes of memory.`,
        'Use less memory: smaller TLS buffers, fewer and shorter texts.',
      ),
  },
  {
    pattern: /Soft WDT reset|\bwdt reset/i,
    explain: () => bad('The watchdog restarted the chip: its program did not come back in time.', reportIt),
  },
  {
    pattern: /rf_cal\[0\] !=0x05/,
    explain: () =>
      bad(
        'The radio calibration data in the flash is missing.',
        'Write the firmware again; if it stays, erase the flash first.',
      ),
  },
  {
    pattern: /Stack overflow|stack smashing detected/i,
    explain: () => bad('The program ran out of stack.', reportIt),
  },
  {
    pattern: /\bOOM\b|Unhandled C\+\+ exception: OOM|mem(?:ory)? alloc(?:ation)? fail/i,
    explain: () => bad('The program ran out of memory.', reportIt),
  },
  { pattern: /Panic .*:\d+/, explain: () => bad('The program stopped itself (panic).', reportIt) },
  {
    pattern: /^load 0x[0-9a-f]+, len \d+/,
    explain: () => info('The boot ROM loads the program from the flash.'),
  },
];

const wrongBaudRate = warn(
  'This is not readable at the present baud rate.',
  'The boot ROM speaks at 74880 baud, most programs at 115200: choose the other one.',
);

/** The explanation of one line, or null when there is nothing to explain. */
export function explainLine(text: string): LineExplanation | null {
  for (const { pattern, explain } of patterns) {
    const match = pattern.exec(text);
    if (match) return explain(match);
  }
  return isGarbled(text) ? wrongBaudRate : null;
}
