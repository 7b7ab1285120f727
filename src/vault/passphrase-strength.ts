/**
 * A plain estimate of a passphrase's strength, on the low side: runs of letters count as words (2 bits a letter, 12
 * at least), not as random letters; the usual passwords, keyboard rows, years, repetitions and the person's own
 * words count almost nothing. It knows no dictionary: four words in a row of a poem pass.
 */
export type PassphraseVerdict =
  | { readonly kind: 'strong'; readonly bits: number }
  | { readonly kind: 'weak'; readonly bits: number; readonly why: string };

/** At PBKDF2's million rounds a graphics card tries some ten thousand a second: 2^40 take it years. */
const MIN_BITS = 40;
const MIN_CHARACTERS = 10;
const WORTHLESS_BITS = 3;

const usual =
  'password passwort passwd motdepasse contrasena welcome willkommen letmein iloveyou sunshine princess dragon monkey football baseball master superman batman shadow michael jordan hunter charlie trustno secret geheim admin administrator login access default changeme qwerty qwertz azerty asdfgh asdf zxcvbn yxcvbn abc abcd abcdef abcdefgh test guest hello hallo summer winter spring autumn january monday love home house garden garage door wifi internet router mosquitto mqtt broker esp arduino signet raspberry'.split(
    ' ',
  );
const forwards = [
  'abcdefghijklmnopqrstuvwxyz',
  'qwertyuiopasdfghjklzxcvbnm',
  'qwertzuiopasdfghjklyxcvbnm',
  '01234567890',
];
const rows = [...forwards, ...forwards.map((row) => Array.from(row).reverse().join(''))];

/** Judges without keeping or repeating the passphrase; `why` never quotes it. */
export function judgePassphrase(passphrase: string, personalWords: readonly string[]): PassphraseVerdict {
  const text = passphrase.normalize('NFKC');
  const bits = estimateBits(text, personalWords.flatMap(wordsOf));
  if (Array.from(text).length < MIN_CHARACTERS)
    return { kind: 'weak', bits, why: `shorter than ${MIN_CHARACTERS} characters` };
  if (bits < MIN_BITS)
    return { kind: 'weak', bits, why: `about ${bits} bits by a cautious count, ${MIN_BITS} are needed` };
  return { kind: 'strong', bits };
}

function estimateBits(text: string, personalWords: readonly string[]): number {
  const worthless = new Set([...usual, ...personalWords]);
  const seen = new Set<string>();
  let bits = 0;
  for (const run of text.match(/\p{L}+|\p{N}+|[^\p{L}\p{N}]+/gu) ?? []) {
    const plain = run.toLowerCase();
    // A separator or word that comes again tells an attacker nothing new.
    bits += seen.has(plain) ? 1 : bitsOfRun(run, plain, worthless);
    seen.add(plain);
  }
  return Math.floor(bits);
}

function bitsOfRun(run: string, plain: string, worthless: ReadonlySet<string>): number {
  const surprising = surprisingCharacters(plain);
  if (worthless.has(plain) || surprising < 2) return WORTHLESS_BITS;
  if (/^\p{N}/u.test(plain)) return /^(19|20)\d\d$/.test(plain) ? WORTHLESS_BITS : 3.3 * surprising;
  if (!/^\p{L}/u.test(plain)) return 4 * Math.min(run.length, new Set(plain).size);
  const capitalsInside = (run.slice(1).match(/\p{Lu}/gu) ?? []).length;
  const letters = run.length <= 3 ? 4 * run.length : Math.max(12, 2 * periodOf(plain).length);
  return letters + Math.min(capitalsInside, 3);
}

/** Characters that neither repeat the one before nor lie beside it in the alphabet, the digits or a keyboard row. */
function surprisingCharacters(plain: string): number {
  const period = periodOf(plain);
  const isNeighbour = (at: number): boolean => {
    const pair = period.slice(at - 1, at + 1);
    return pair[0] === pair[1] || rows.some((row) => row.includes(pair));
  };
  let surprising = 1;
  for (let at = 1; at < period.length; at++) surprising += isNeighbour(at) ? 0 : 1;
  return surprising;
}

/** "abab" is "ab" again: only the part that repeats counts. */
const periodOf = (plain: string): string => /^(.+?)\1+$/u.exec(plain)?.[1] ?? plain;

const wordsOf = (text: string): string[] =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .match(/\p{L}+|\p{N}+/gu) ?? [];
