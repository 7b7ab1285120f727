/**
 * Recognises a SPIFFS image, which today's core does not mount and whose place a LittleFS image takes. From SPIFFS' public
 * TECH_SPEC and its configuration for the ESP8266 (pages of 256 bytes, object ids of 16 bits):
 *
 * ```
 * block: lookup pages (u16 per page of the block: its object's id, 0xffff free, 0 deleted), then the pages themselves
 *        the last four bytes of the lookup pages: u16le magic | u16le erase count
 * magic: low 16 bits of 0x20140529 ^ page size, on some builds also ^ (block count - block index)
 * page:  begins with its object's id
 * ```
 */
const pageSizeBytes = 256;
const idSizeBytes = 2;
const magic = 0x0529 ^ pageSizeBytes;
const blockSizesBytes = [4096, 8192, 16384, 32768, 65536];
const freeId = 0xffff;
const deletedId = 0;
/** Fewer could be chance, more cost time. */
const leastBlocks = 2;
const mostBlocks = 8;

/** `bytes` begin where the file system does. False for LittleFS, for an erased flash, and for less than two blocks. */
export const looksLikeSpiffs = (bytes: Uint8Array): boolean =>
  blockSizesBytes.some((blockSizeBytes) => isSpiffsOf(bytes, blockSizeBytes));

function isSpiffsOf(bytes: Uint8Array, blockSizeBytes: number): boolean {
  const blockCount = Math.min(mostBlocks, Math.floor(bytes.length / blockSizeBytes));
  if (blockCount < leastBlocks) return false;
  const read16 = (at: number): number => (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
  const pageCount = blockSizeBytes / pageSizeBytes;
  const lookupPages = Math.max(1, (pageCount * idSizeBytes) / pageSizeBytes);
  const magicAt = lookupPages * pageSizeBytes - 2 * idSizeBytes;
  // What the length added to the magic: nothing anywhere, or a count that falls by one from block to block.
  const first = read16(magicAt) ^ magic;
  const starts = Array.from({ length: blockCount }, (_, i) => i * blockSizeBytes);
  const hasMagic = starts.every(
    (start, i) => (read16(start + magicAt) ^ magic) === (first === 0 ? 0 : first - i),
  );
  if (!hasMagic) return false;
  return starts.every((start) => hasConsistentLookup(read16, start, { pageCount, lookupPages }));
}

function hasConsistentLookup(
  read16: (at: number) => number,
  start: number,
  { pageCount, lookupPages }: { readonly pageCount: number; readonly lookupPages: number },
): boolean {
  for (let page = lookupPages; page < pageCount; page++) {
    const id = read16(start + (page - lookupPages) * idSizeBytes);
    if (id === freeId || id === deletedId) continue;
    if (read16(start + page * pageSizeBytes) !== id) return false;
  }
  return true;
}
