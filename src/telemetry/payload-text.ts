/** A payload as people read it: text, JSON set out in lines, or hex. Shows what is there and judges nothing. */
import { fromUtf8 } from '../shared/bytes.ts';
import { decodeJson } from './json-payload.ts';

export type PayloadForm = 'text' | 'json' | 'hex';

const maxShown = 4_096;

/** The form that says most about it. */
export function bestForm(payload: Uint8Array): PayloadForm {
  const text = readable(payload);
  if (text === null) return 'hex';
  const first = text.trimStart().charAt(0);
  return (first === '{' || first === '[') && decodeJson(payload).kind === 'ok' ? 'json' : 'text';
}

/** At most 4,096 bytes of it. What is no JSON, or no text, in the next plainer form. */
export function payloadText(payload: Uint8Array, form: PayloadForm): string {
  const shown = payload.subarray(0, maxShown);
  if (form === 'hex') return hexLines(shown);
  const text = readable(shown) ?? readable(payload)?.slice(0, maxShown);
  if (text === undefined) return hexLines(shown);
  if (form === 'text') return text;
  const decoded = decodeJson(payload);
  return decoded.kind === 'ok' ? JSON.stringify(decoded.value, null, 2).slice(0, 4 * maxShown) : text;
}

/** Null for what is no UTF-8, or holds control characters that would only be seen as boxes. */
function readable(payload: Uint8Array): string | null {
  try {
    const text = fromUtf8(payload);
    return /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(text) ? null : text;
  } catch {
    return null;
  }
}

/** Offset, sixteen bytes, and the letters among them, as `xxd` writes it. */
function hexLines(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = [...bytes.subarray(at, at + 16)];
    const hex = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const letters = row
      .map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'))
      .join('');
    lines.push(`${at.toString(16).padStart(4, '0')}  ${hex.padEnd(47)}  ${letters}`);
  }
  return lines.join('\n');
}
