/** The sandboxed document that makes keys (public/key-maker.html): opened, asked over a port of its own, taken away. */
import { keyAlgorithms } from '../../pki/key-algorithms.ts';
import type { KeyAlgorithm } from '../../project/entities.ts';
import type { Bytes } from '../../shared/bytes.ts';

/** A frame that has not answered by then is given up: the page makes the keys alone. */
const READY_WITHIN_MS = 10_000;

export interface KeyFrame {
  /** PKCS#8 of one key, or null when the frame cannot or was closed. */
  makeKey(algorithm: KeyAlgorithm): Promise<Bytes | null>;
  close(): void;
}

type Reply = { readonly ready: true } | { readonly pkcs8: ArrayBuffer } | { readonly why: string };

export function openKeyFrame(): KeyFrame {
  const { port1: port, port2 } = new MessageChannel();
  const frame = document.createElement('iframe');
  frame.setAttribute('sandbox', 'allow-scripts');
  frame.hidden = true;
  frame.src = new URL('./key-maker.html', document.baseURI).href;
  let answer: ((reply: Reply | null) => void) | null = null;
  const nextReply = (): Promise<Reply | null> => new Promise((resolve) => (answer = resolve));
  port.onmessage = ({ data }) => answer?.(data as Reply);
  const ready = nextReply();
  const tooLate = setTimeout(() => answer?.(null), READY_WITHIN_MS);
  // A document without an origin cannot be addressed by one: only this port is handed over, no secret.
  frame.addEventListener('load', () => frame.contentWindow?.postMessage(null, '*', [port2]), { once: true });
  document.body.append(frame);
  let isClosed = false;
  return {
    async makeKey(algorithm) {
      const isReady = (await ready) !== null;
      clearTimeout(tooLate);
      const { parameters } = keyAlgorithms[algorithm];
      if (isClosed || !isReady || !('modulusLength' in parameters)) return null;
      const reply = nextReply();
      port.postMessage({ modulusLength: parameters.modulusLength });
      const key = await reply;
      return key !== null && 'pkcs8' in key ? new Uint8Array(key.pkcs8) : null;
    },
    close() {
      isClosed = true;
      clearTimeout(tooLate);
      answer?.(null);
      port.close();
      frame.remove();
    },
  };
}
