/**
 * A pause of one task: what waits may run, a frame may be drawn. Promises alone are none: where WebCrypto answers at once, a
 * chain of them runs to its end without a pause.
 */
export const nextTask = (): Promise<void> =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
