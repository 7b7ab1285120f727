/** Bytes and texts as C source. Knows nothing of what they mean. */

const bytesPerLine = 12;

const hexByte = (byte: number): string => `0x${byte.toString(16).padStart(2, '0')}`;

/** `xxd`'s name for a file's array: bytes that cannot stand in a name become "_", a leading digit gets "__" before it. */
export function xxdName(fileName: string): string {
  const name = Array.from(new TextEncoder().encode(fileName), (byte) => {
    const character = String.fromCharCode(byte);
    return /[A-Za-z0-9]/.test(character) ? character : '_';
  }).join('');
  return /^[0-9]/.test(name) ? `__${name}` : name;
}

/** Byte for byte what `xxd -i <fileName>` prints. */
export function xxdInclude(fileName: string, bytes: Uint8Array): string {
  const name = xxdName(fileName);
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += bytesPerLine) {
    lines.push(`  ${Array.from(bytes.subarray(at, at + bytesPerLine), hexByte).join(', ')}`);
  }
  const body = lines.length === 0 ? '' : `${lines.join(',\n')}\n`;
  return `unsigned char ${name}[] = {\n${body}};\nunsigned int ${name}_len = ${bytes.length};\n`;
}

/** `{0x61,0x5b,…}` */
export const byteInitializer = (bytes: Uint8Array): string => `{${Array.from(bytes, hexByte).join(',')}}`;

/**
 * A C string literal of the text's UTF-8 bytes. Octal escapes end after three digits, so that no digit behind one is
 * taken for a part of it; "?" is escaped because of trigraphs.
 */
export function cString(text: string): string {
  const characters = Array.from(new TextEncoder().encode(text), (byte) => {
    if (byte === 0x22 || byte === 0x5c || byte === 0x3f) return `\\${String.fromCharCode(byte)}`;
    if (byte >= 0x20 && byte < 0x7f) return String.fromCharCode(byte);
    return `\\${byte.toString(8).padStart(3, '0')}`;
  });
  return `"${characters.join('')}"`;
}

/** A text of several lines as adjacent literals, one a line. */
export const cLines = (text: string): string =>
  text
    .split(/(?<=\n)/)
    .map((line) => `  ${cString(line).replace(/\\012"$/, '\\n"')}`)
    .join('\n');
