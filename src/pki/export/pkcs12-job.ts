/** The job `pkcs12`: a file is closed in a worker, where its derivation holds nobody up and the old cipher is at hand. */
import type { Bytes } from '../../shared/bytes.ts';
import { writePkcs12, type Pkcs12Content, type Pkcs12Kind } from './pkcs12.ts';

export interface Pkcs12Input {
  readonly content: Pkcs12Content;
  readonly kind: Pkcs12Kind;
  readonly password: string;
}

declare module '../../ports/jobs.ts' {
  interface Jobs {
    pkcs12: { input: Pkcs12Input; output: { readonly file: Bytes } };
  }
}

/** Throws pki.export-password-characters. */
export const runPkcs12 = async ({ content, kind, password }: Pkcs12Input): Promise<{ file: Bytes }> => ({
  file: await writePkcs12(content, { kind, password, crypto }),
});
