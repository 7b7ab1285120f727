/**
 * Writes one metadata block: the revision and a single commit (SPEC.md, "Metadata blocks"). The caller says which tags;
 * this module XORs them, seals them with the CRC and pads to the driver's program size.
 */
import { crc32 } from '../shared/crc32.ts';
import { NO_ID, PROG_SIZE_BYTES, TAG_CRC, tag, writeU32be, writeU32le } from './format.ts';

/** Bytes of the CRC tag with its checksum. */
const SEAL_BYTES = 8;

export interface Commit {
  readonly block: Uint8Array;
  /** Where the next tag goes. */
  at: number;
  previousTag: number;
}

export function beginCommit(block: Uint8Array, revision: number): Commit {
  writeU32le(block, 0, revision);
  return { block, at: 4, previousTag: 0xffffffff };
}

export function appendTag(commit: Commit, value: number, content: Uint8Array): void {
  writeTag(commit, value);
  commit.block.set(content, commit.at);
  commit.at += content.length;
}

/** A tag followed by two little-endian words: a block pair, or a CTZ file's head and size. */
export function appendWords(commit: Commit, value: number, first: number, second: number): void {
  writeTag(commit, value);
  writeU32le(commit.block, commit.at, first);
  writeU32le(commit.block, commit.at + 4, second);
  commit.at += 8;
}

/** Ends the commit; the rest of `block` becomes 0xff. At least a word has to follow it, or the block to end. */
export function sealCommit(commit: Commit): void {
  const end = sealedSize(commit.at);
  writeTag(commit, tag(TAG_CRC, NO_ID, end - commit.at - 4));
  writeU32le(commit.block, commit.at, crc32(0xffffffff, commit.block, 0, commit.at));
  commit.block.fill(0xff, commit.at + 4);
  commit.at = end;
}

/** Bytes of a block whose commit has `unsealedBytes` before its CRC tag. */
export const sealedSize = (unsealedBytes: number): number =>
  Math.ceil((unsealedBytes + SEAL_BYTES) / PROG_SIZE_BYTES) * PROG_SIZE_BYTES;

function writeTag(commit: Commit, value: number): void {
  writeU32be(commit.block, commit.at, (value ^ commit.previousTag) >>> 0);
  commit.previousTag = value;
  commit.at += 4;
}
