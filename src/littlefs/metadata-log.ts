/**
 * One metadata block as a log of tags (SPEC.md, "Metadata blocks"): walks its commits, checks each CRC and returns the
 * tags of the commits that hold. Knows nothing of pairs and of what the tags mean.
 */
import { crc32 } from '../shared/crc32.ts';
import {
  TAG_CRC,
  TAG_FORWARD_CRC,
  isValidTag,
  readU32be,
  readU32le,
  tagClass,
  tagDataSize,
  tagType,
} from './format.ts';

export interface LoggedTag {
  readonly tag: number;
  readonly content: Uint8Array;
}

/**
 * The tags of all commits that hold; null when not even the first one does. `acceptForwardCrc`: walk as a driver of disk
 * version 2.1 does, to which 0x5ff does not end a commit; only good for finding out which version a superblock names.
 */
export function readMetadataLog(block: Uint8Array, acceptForwardCrc: boolean): LoggedTag[] | null {
  const committed: LoggedTag[] = [];
  let pending: LoggedTag[] = [];
  let holds = false;
  let previousTag = 0xffffffff;
  let crc = crc32(0xffffffff, block, 0, 4);
  for (let at = 4; at + 4 <= block.length;) {
    const tag = (readU32be(block, at) ^ previousTag) >>> 0;
    const end = at + 4 + tagDataSize(tag);
    if (!isValidTag(tag) || end > block.length) break;
    previousTag = tag;
    const isForwardCrc = acceptForwardCrc && tagType(tag) === TAG_FORWARD_CRC;
    if (tagClass(tag) === TAG_CRC && !isForwardCrc) {
      if (end < at + 8 || crc32(crc, block, at, at + 4) !== readU32le(block, at + 4)) break;
      // Push tag by tag: a spread of a large commit could overflow the stack.
      for (const logged of pending) committed.push(logged);
      pending = [];
      holds = true;
      // The low bit of the type says which value of the valid bit means "not yet programmed" from here on.
      previousTag = (previousTag ^ ((tagType(tag) & 1) << 31)) >>> 0;
      crc = 0xffffffff;
    } else {
      crc = crc32(crc, block, at, end);
      pending.push({ tag, content: block.subarray(at + 4, end) });
    }
    at = end;
  }
  return holds ? committed : null;
}
