/** Takes secrets out of what is shown and saved: the project's own, and what looks like key material anyway. */

export const redactionMark = '•••';

/** A shorter text would be found everywhere, and guards nothing. */
const shortestSecret = 4;

const keyMaterial: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|$)/gs,
  // A command key in /a.mac, or a raw pre-shared key of Wi-Fi.
  /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/gi,
  /(?<=\b(?:psk|pass|passphrase|password)["']?\s*[=:]\s*["']?)[^\s"',;]+/gi,
];

/** How a secret may be spelled: as it is, percent-encoded (boot lines), as JSON text, as hex of its UTF-8 bytes. */
function spellings(secret: string): string[] {
  const bytes = new TextEncoder().encode(secret);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'));
  const strict = Array.from(bytes, (byte, i) =>
    /[A-Za-z0-9.:_-]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : `%${hex[i] ?? ''}`,
  ).join('');
  const json = JSON.stringify(secret).slice(1, -1);
  return [secret, strict, strict.replace(/%[0-9a-f]{2}/g, (code) => code.toUpperCase()), json, hex.join('')];
}

/** Where a line was cut: a part of a secret at that edge goes as well. */
export interface CutEdges {
  readonly start?: boolean | undefined;
  readonly end?: boolean | undefined;
}

export interface Redactor {
  redact(text: string, cut?: CutEdges): string;
}

/** Prepares for many lines; longer secrets first, so that one inside another leaves nothing behind. */
export function redactorFor(secrets: readonly string[]): Redactor {
  const long = secrets.filter((secret) => secret.length >= shortestSecret);
  const wanted = [...new Set(long.flatMap(spellings))].sort((a, b) => b.length - a.length);
  return {
    redact: (text, cut = {}) => {
      let rest = wanted.reduce((known, secret) => known.replaceAll(secret, redactionMark), text);
      if (cut.start) rest = withoutTails(rest, wanted);
      if (cut.end) rest = withoutHeads(rest, wanted);
      return keyMaterial.reduce((known, pattern) => known.replace(pattern, redactionMark), rest);
    },
  };
}

export const redact = (text: string, secrets: readonly string[]): string => redactorFor(secrets).redact(text);

function withoutHeads(text: string, secrets: readonly string[]): string {
  for (const secret of secrets) {
    for (let length = secret.length - 1; length >= shortestSecret; length--) {
      if (text.endsWith(secret.slice(0, length))) return text.slice(0, -length) + redactionMark;
    }
  }
  return text;
}

function withoutTails(text: string, secrets: readonly string[]): string {
  for (const secret of secrets) {
    for (let length = secret.length - 1; length >= shortestSecret; length--) {
      if (text.startsWith(secret.slice(-length))) return redactionMark + text.slice(length);
    }
  }
  return text;
}
