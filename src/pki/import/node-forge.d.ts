/** The few parts of node-forge that old-ciphers.ts uses, declared by hand: the package has no types for its parts. */
declare module 'node-forge/lib/forge.js' {
  namespace forge {
    interface ByteBuffer {
      getBytes(): string;
    }
    interface Cipher {
      readonly output: ByteBuffer;
      start(options: string | { iv: string }): void;
      update(input: ByteBuffer): void;
      finish(): boolean;
    }
    const util: { createBuffer(binary: string): ByteBuffer };
    const cipher: {
      createCipher(algorithm: string, key: ByteBuffer): Cipher;
      createDecipher(algorithm: string, key: ByteBuffer): Cipher;
    };
    const rc2: { createDecryptionCipher(key: string, effectiveBits: number): Cipher };
  }
  export default forge;
}
declare module 'node-forge/lib/aes.js';
declare module 'node-forge/lib/des.js';
declare module 'node-forge/lib/rc2.js';
