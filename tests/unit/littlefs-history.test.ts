/** The reader against logs made tag by tag: what a driver leaves behind, what a power cut leaves, and what lies. */
import { expect, test } from 'vitest';
import { appendTag, appendWords, beginCommit, sealCommit } from '../../src/littlefs/commit.ts';
import { crc32 } from '../../src/shared/crc32.ts';
import { tag, writeU32be, writeU32le } from '../../src/littlefs/format.ts';
import { probeImage, readImage } from '../../src/littlefs/reader.ts';
import { superblockBytes } from '../../src/littlefs/superblock.ts';
import { utf8 } from '../../src/shared/bytes.ts';

const geometry = { blockSizeBytes: 4096, blockCount: 16 };

type Tag = readonly [type: number, id: number, content: Uint8Array | null];
type Log = {
  readonly block: number;
  readonly revision: number;
  readonly commits: readonly (readonly Tag[])[];
};

const text = (value: string): Uint8Array => utf8(value);
const words = (...values: number[]): Uint8Array => {
  const bytes = new Uint8Array(4 * values.length);
  values.forEach((value, i) => writeU32le(bytes, 4 * i, value));
  return bytes;
};
const superblock: readonly Tag[] = [
  [0x0ff, 0, text('littlefs')],
  [0x201, 0, superblockBytes(geometry)],
];
const inlineFile = (id: number, name: string, content: string): readonly Tag[] => [
  [0x001, id, text(name)],
  [0x201, id, text(content)],
];
const directory = (id: number, name: string, first: number, second: number): readonly Tag[] => [
  [0x002, id, text(name)],
  [0x200, id, words(first, second)],
];
const softTail = (first: number, second: number): Tag => [0x600, 0x3ff, words(first, second)];
const hardTail = (first: number, second: number): Tag => [0x601, 0x3ff, words(first, second)];
const create = (id: number): Tag => [0x401, id, new Uint8Array(0)];
const remove = (id: number): Tag => [0x4ff, id, new Uint8Array(0)];

function imageOf(...logs: Log[]): Uint8Array {
  const image = new Uint8Array(geometry.blockSizeBytes * geometry.blockCount).fill(0xff);
  for (const log of logs) image.set(blockOf(log), log.block * geometry.blockSizeBytes);
  return image;
}

/** Like the driver's own log: each commit sealed by itself, the tags XORed through. */
function blockOf({ revision, commits }: Log): Uint8Array {
  const block = new Uint8Array(geometry.blockSizeBytes);
  const commit = beginCommit(block, revision);
  commits.forEach((tags, i) => {
    const start = i === 0 ? 0 : commit.at;
    for (const [type, id, content] of tags) {
      if (content) appendTag(commit, tag(type, id, content.length), content);
      else appendTag(commit, tag(type, id, 0x3ff), new Uint8Array(0));
    }
    if (start === 0) sealCommit(commit);
    else sealLater(commit, start);
  });
  return block;
}

/** A later commit's CRC starts at the commit, not at the revision. */
function sealLater(commit: ReturnType<typeof beginCommit>, start: number): void {
  const end = Math.ceil((commit.at + 8) / 64) * 64;
  const value = tag(0x500, 0x3ff, end - commit.at - 4);
  writeU32be(commit.block, commit.at, (value ^ commit.previousTag) >>> 0);
  writeU32le(commit.block, commit.at + 4, crc32(0xffffffff, commit.block, start, commit.at + 4));
  commit.previousTag = value;
  commit.at = end;
}

/** "path=content" of files and "path/" of directories, in the order of the disk. */
const listing = (image: Uint8Array): string[] =>
  readImage(image, geometry).entries.map((entry) =>
    entry.kind === 'directory' ? `${entry.path}/` : `${entry.path}=${new TextDecoder().decode(entry.read())}`,
  );

const refusal = (image: Uint8Array): unknown => {
  try {
    return readImage(image, geometry).entries.map((entry) => entry.kind === 'file' && entry.read());
  } catch (thrown) {
    return thrown;
  }
};
const damaged = (where: string): unknown =>
  expect.objectContaining({ code: 'littlefs.damaged', message: expect.stringContaining(where) as string });

test('later commits create, rename, overwrite and delete entries, shifting the ids behind them', () => {
  const commits = [
    [...superblock, ...inlineFile(1, 'b', 'one'), ...inlineFile(2, 'd', 'two')],
    [create(1), ...inlineFile(1, 'a', 'new')],
    [create(3), ...inlineFile(3, 'c', 'also')],
    [[0x201, 2, text('changed')] as Tag],
    [remove(4)],
    [[0x001, 1, text('a2')] as Tag],
  ];
  expect(listing(imageOf({ block: 0, revision: 5, commits }))).toEqual(['/a2=new', '/b=changed', '/c=also']);
});

test('user attributes are passed over, deleted ones too', () => {
  const attributes: Tag[] = [
    [0x374, 0, words(1_700_000_000, 0)],
    [0x374, 1, words(1_700_000_000)],
    [0x363, 1, null],
  ];
  const commits = [[...superblock, ...inlineFile(1, 'a', 'x')], attributes];
  expect(listing(imageOf({ block: 0, revision: 1, commits }))).toEqual(['/a=x']);
});

test.each([
  [1, 2, '/second=2'],
  [2, 1, '/first=1'],
  [0xffffffff, 0, '/second=2'],
  [0, 0xffffffff, '/first=1'],
  [0x7fffffff, 0x80000000, '/second=2'],
])('of the revisions %i and %i the newer by signed difference counts', (first, second, expected) => {
  const image = imageOf(
    { block: 0, revision: first, commits: [[...superblock, ...inlineFile(1, 'first', '1')]] },
    { block: 1, revision: second, commits: [[...superblock, ...inlineFile(1, 'second', '2')]] },
  );
  expect(listing(image)).toEqual([expected]);
});

test('when the newer block holds no commit the older one counts', () => {
  const image = imageOf(
    { block: 0, revision: 1, commits: [[...superblock, ...inlineFile(1, 'old', '1')]] },
    { block: 1, revision: 2, commits: [[...superblock, ...inlineFile(1, 'new', '2')]] },
  );
  image[4096 + 60] = (image[4096 + 60] ?? 0) ^ 1;
  expect(listing(image)).toEqual(['/old=1']);
});

test('a commit that a power cut left half written does not count, the ones before it do', () => {
  const commits = [[...superblock, ...inlineFile(1, 'a', 'kept')], [[0x201, 1, text('lost')] as Tag]];
  const image = imageOf({ block: 0, revision: 1, commits });
  const at = Buffer.from(image).indexOf('lost');
  image[at] = 0xff;
  expect(listing(image)).toEqual(['/a=kept']);
});

test('the root is found through block 1 when block 0 is erased', () => {
  const image = imageOf({ block: 1, revision: 7, commits: [[...superblock, ...inlineFile(1, 'a', 'x')]] });
  expect(readImage(image).geometry).toEqual(geometry);
  expect(listing(image)).toEqual(['/a=x']);
});

test('an expanded superblock: the root goes on behind a hard tail', () => {
  const image = imageOf(
    { block: 0, revision: 3, commits: [[...superblock, hardTail(4, 5)]] },
    {
      block: 5,
      revision: 9,
      commits: [[...superblock, ...inlineFile(1, 'a', 'x'), ...directory(2, 'd', 6, 7), softTail(6, 7)]],
    },
    { block: 6, revision: 1, commits: [inlineFile(0, 'b', 'y')] },
  );
  expect(listing(image)).toEqual(['/a=x', '/d/', '/d/b=y']);
});

test('without a superblock in {0, 1}, as littlefs 2.5 leaves it after expanding, the file system is found behind the tail', () => {
  const image = imageOf(
    { block: 0, revision: 18, commits: [[hardTail(9, 8)]] },
    { block: 1, revision: 17, commits: [[hardTail(9, 8)]] },
    { block: 8, revision: 40, commits: [[...superblock, ...inlineFile(1, 'a', 'x')]] },
  );
  expect(probeImage(image)).toEqual({ geometry, version: '2.0' });
  expect(listing(image)).toEqual(['/a=x']);
  const without = imageOf(
    { block: 0, revision: 18, commits: [[hardTail(9, 8)]] },
    { block: 8, revision: 40, commits: [inlineFile(0, 'a', 'x')] },
  );
  expect(refusal(without)).toEqual(expect.objectContaining({ code: 'littlefs.absent' }));
});

test('of an interrupted move only the new place counts', () => {
  const move = words(tag(0x4ff, 1, 0), 0, 1);
  const image = imageOf(
    {
      block: 0,
      revision: 1,
      commits: [[...superblock, ...inlineFile(1, 'a', 'x'), ...directory(2, 'd', 2, 3), softTail(2, 3)]],
    },
    { block: 2, revision: 1, commits: [[...inlineFile(0, 'a', 'x'), [0x7ff, 0x3ff, move]]] },
  );
  expect(listing(image)).toEqual(['/d/', '/d/a=x']);
});

test('a finished move counts no more: the states of all pairs are XORed', () => {
  const move = words(tag(0x4ff, 1, 0), 0, 1);
  const root = [...superblock, ...inlineFile(1, 'e', 'z'), ...directory(2, 'd', 2, 3), softTail(2, 3)];
  const image = imageOf(
    { block: 0, revision: 1, commits: [[...root, [0x7ff, 0x3ff, move]]] },
    { block: 2, revision: 1, commits: [[...inlineFile(0, 'a', 'x'), [0x7ff, 0x3ff, move]]] },
  );
  expect(listing(image)).toEqual(['/e=z', '/d/', '/d/a=x']);
});

test('a directory that the list of directories lacks is reported, for later writes would corrupt the tree', () => {
  const root = [...superblock, ...directory(1, 'd', 2, 3)];
  const below: Log = { block: 2, revision: 1, commits: [inlineFile(0, 'a', 'x')] };
  expect(refusal(imageOf({ block: 0, revision: 1, commits: [root] }, below))).toEqual(
    damaged('missing from the list'),
  );
  const orphans: Tag = [0x7ff, 0x3ff, words(1, 0, 0)];
  expect(listing(imageOf({ block: 0, revision: 1, commits: [[...root, orphans]] }, below))).toEqual([
    '/d/',
    '/d/a=x',
  ]);
});

test.each<[string, Tag[], string]>([
  ['a list of directories in a circle', [softTail(1, 0)], 'circle'],
  ['a directory that holds itself', directory(1, 'd', 0, 1) as Tag[], 'two places'],
  ['a directory outside the region', [...directory(1, 'd', 500, 501), softTail(500, 501)], 'block 500'],
  ['a tail into erased flash', [softTail(8, 9)], '{8, 9} holds no valid commit'],
  ['a tail that is cut short', [[0x600, 0x3ff, words(1)]], 'names no pair'],
  ['a file without content', [[0x001, 1, text('a')]], 'has no content'],
  [
    'a file with the struct of a directory',
    [
      [0x001, 1, text('a')],
      [0x200, 1, words(0, 1)],
    ],
    'unknown kind',
  ],
  ['a directory without a place', [[0x002, 1, text('d')]], 'has no place'],
  ['an entry of an unknown kind', [[0x005, 1, text('a')]], 'neither a file nor a directory'],
  ['a struct of no entry', [[0x201, 9, text('a')]], 'does not have'],
  ['a deletion of no entry', [remove(9)], 'counts its entries'],
  ['a creation behind the end', [create(9)], 'counts its entries'],
  [
    'a file larger than the region',
    [
      [0x001, 1, text('a')],
      [0x202, 1, words(3, 0x7fffffff)],
    ],
    'larger than',
  ],
  [
    'a file outside the region',
    [
      [0x001, 1, text('a')],
      [0x202, 1, words(16, 100)],
    ],
    'begins outside',
  ],
  [
    'a file whose pointers leave the region',
    [
      [0x001, 1, text('a')],
      [0x202, 1, words(9, 5000)],
    ],
    'is used, and there are 16',
  ],
  [
    'a superblock that disagrees',
    [
      [0x0ff, 1, text('littlefs')],
      [0x201, 1, superblockBytes({ ...geometry, blockCount: 17 })],
    ],
    'disagree',
  ],
  ['a superblock that is cut short', [[0x201, 0, words(0x20000)]], 'too short'],
])('%s is damage, and named', (_, tags, where) => {
  expect(refusal(imageOf({ block: 0, revision: 1, commits: [[...superblock, ...tags]] }))).toEqual(
    damaged(where),
  );
});

test.each([
  ['2.1', 0x00020001],
  ['2.5', 0x00020005],
  ['3.0', 0x00030000],
  ['1.7', 0x00010007],
])('disk version %s is refused by name', (version, value) => {
  const struct = superblockBytes(geometry);
  writeU32le(struct, 0, value);
  const image = imageOf({
    block: 0,
    revision: 1,
    commits: [
      [
        [0x0ff, 0, text('littlefs')],
        [0x201, 0, struct],
      ],
    ],
  });
  expect(refusal(image)).toEqual(expect.objectContaining({ code: 'littlefs.version', details: { version } }));
});

test.each([
  [12, 255, 'file names'],
  [16, 0x80000000, 'files'],
  [20, 1023, 'attributes'],
])('limits above those of the ESP8266 core are refused (byte %i of the superblock)', (at, value, what) => {
  const struct = superblockBytes(geometry);
  writeU32le(struct, at, value);
  const image = imageOf({
    block: 0,
    revision: 1,
    commits: [
      [
        [0x0ff, 0, text('littlefs')],
        [0x201, 0, struct],
      ],
    ],
  });
  expect(refusal(image)).toEqual(
    expect.objectContaining({
      code: 'littlefs.limits',
      details: expect.objectContaining({ what }) as object,
    }),
  );
});

test('a file whose pointers run in a circle is read once around its size and no more', () => {
  const commits = [[...superblock, [0x001, 1, text('a')] as Tag, [0x202, 1, words(4, 20_000)] as Tag]];
  const image = imageOf({ block: 0, revision: 1, commits });
  for (let at = 4 * 4096; at < 5 * 4096; at += 4) writeU32le(image, at, 4);
  expect(readImage(image, geometry).file('/a')?.read()).toHaveLength(20_000);
});

test('a pair full of commits is read without hanging, and so is a log without an end', () => {
  const commits = [
    [...superblock, ...inlineFile(1, 'a', '0')],
    ...Array.from({ length: 61 }, (_, i) => [[0x201, 1, text(String(i))] as Tag]),
  ];
  expect(listing(imageOf({ block: 0, revision: 1, commits }))).toEqual(['/a=60']);
  const block = new Uint8Array(4096);
  const endless = beginCommit(block, 1);
  for (const [type, id, content] of superblock)
    appendTag(endless, tag(type, id, content?.length ?? 0), content ?? new Uint8Array(0));
  while (endless.at + 12 <= 4096) appendWords(endless, tag(0x600, 0x3ff, 8), 0, 1);
  const image = imageOf();
  image.set(block);
  expect(refusal(image)).toEqual(damaged('{0, 1} holds no valid commit'));
});
