/**
 * The words of sketch/: what a person's own sketch is given, and what comes out of a preset. Knows neither keys nor file
 * systems: certificates and keys arrive as bytes in both of their forms.
 */
import type { Bytes } from '../shared/bytes.ts';

export type FileFormat = 'pem' | 'der';

/** One object in both forms; `pem` is text in UTF-8 with LF line ends and a final one. */
export type EncodedObject = Readonly<Record<FileFormat, Bytes>>;

export type MaterialName = 'authority' | 'certificate' | 'key';

/** What a device needs to know the broker and to be known by it. `key` is secret. */
export interface SketchMaterial extends Readonly<Record<MaterialName, EncodedObject>> {
  /** SHA-1 of the broker's certificate in DER, 20 bytes. */
  readonly brokerSha1: Bytes;
  readonly wifi: { readonly ssid: string; readonly psk: string };
}

/** A file of the file system. */
export interface SketchFile {
  /** Absolute, for example "/client.crt.der". */
  readonly path: string;
  readonly content: Bytes;
  readonly isSecret: boolean;
}

/** An empty folder; a file's folders need no entry. */
export interface SketchFolder {
  readonly path: string;
  readonly content: null;
}

export type SketchEntry = SketchFile | SketchFolder;

/** A file that lies beside the sketch's .ino and is compiled into the program. */
export interface SketchHeader {
  readonly name: string;
  readonly text: string;
  readonly isSecret: boolean;
}
