/** JSON that carries bytes: `{"$bytes": "<base64>"}`. No other object in a backup has that key. */
import { fromBase64, toBase64 } from '../../shared/bytes.ts';

const tag = '$bytes';

/** Only plain objects, arrays, bytes and JSON's own values. */
export const toTaggedJson = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    inner instanceof Uint8Array ? { [tag]: toBase64(inner) } : inner,
  );

/** Throws on what is not JSON, or no base64 where bytes should be. */
export const fromTaggedJson = (text: string): unknown =>
  JSON.parse(text, (_key, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || !(tag in inner)) return inner;
    const { [tag]: encoded } = inner as Record<string, unknown>;
    if (typeof encoded !== 'string') throw new SyntaxError('bytes that are no text');
    return fromBase64(encoded);
  });
