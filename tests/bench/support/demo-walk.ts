/**
 * The demo's way from Welcome to the first reading over the cable, click by click, on a page built for the purpose. The
 * board's program is padded to 480 KB, so that flashing is the size of real flashing.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Locator, Page } from '@playwright/test';
import { buildVirtualImage, readVirtualImage } from '../../../src/contract/firmware-image.ts';
import { concatBytes } from '../../../src/shared/bytes.ts';
import { buildInto, serveFolder, temporaryFolder } from './built-page.ts';
import { FIRMWARE_BYTES, programLike } from './modelled-flash.ts';

const LAYOUT = '4m2m';
/** Image header, preamble and checksum, with room to spare. */
const WRAPPING_BYTES = 64;
/** A custom section's id and its size in LEB128 of five bytes. */
const SECTION_HEADER_BYTES = 6;

/** Builds the page, gives its address to `use`, and leaves nothing behind. */
export async function withDemo<T>(use: (origin: string) => Promise<T>): Promise<T> {
  const { folder, dispose } = temporaryFolder();
  try {
    await buildInto(folder);
    enlargeProgram(path.join(folder, 'firmware-bin'));
    const server = await serveFolder(folder);
    try {
      return await use(server.origin);
    } finally {
      await server.close();
    }
  } finally {
    dispose();
  }
}

interface Manifest {
  readonly images: { readonly file: string; sizeBytes: number; sha256: string }[];
}

function enlargeProgram(folder: string): void {
  const manifestFile = path.join(folder, 'manifest.json');
  const manifest = JSON.parse(readFileSync(manifestFile, 'utf8')) as Manifest;
  const entry = manifest.images.find(({ file }) => file === `virtual-${LAYOUT}.bin`);
  if (!entry) throw new Error(`firmware-bin/ has no virtual image for ${LAYOUT}`);
  const file = path.join(folder, entry.file);
  const wasm = readVirtualImage(new Uint8Array(readFileSync(file)))?.wasm;
  if (!wasm) throw new Error(`${entry.file} is not a virtual image`);
  const bytes = buildVirtualImage({ layout: LAYOUT, wasm: padded(wasm, FIRMWARE_BYTES - WRAPPING_BYTES) });
  writeFileSync(file, bytes);
  entry.sizeBytes = bytes.length;
  entry.sha256 = createHash('sha256').update(bytes).digest('hex');
  writeFileSync(manifestFile, JSON.stringify(manifest));
}

/** A custom section, which every WebAssembly engine skips, makes up what is missing. */
function padded(wasm: Uint8Array, sizeBytes: number): Uint8Array {
  const content = programLike(sizeBytes - wasm.length - SECTION_HEADER_BYTES);
  content[0] = 0; // The section's name is empty.
  const size = [0, 7, 14, 21].map((shift) => 0x80 | ((content.length >>> shift) & 0x7f));
  return concatBytes([wasm, Uint8Array.of(0, ...size, 0), content]);
}

/** One person's walk: a browser that knows nothing yet, and how often it was clicked. */
export class DemoWalk {
  clicks = 0;
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  static async begin(browser: Browser): Promise<DemoWalk> {
    const context = await browser.newContext();
    return new DemoWalk(await context.newPage());
  }

  end(): Promise<void> {
    return this.page.context().close();
  }

  /** Opens the page and makes the demo's project. */
  async makeProject(origin: string): Promise<void> {
    const { page } = this;
    await page.goto(origin);
    await this.#click(page.getByRole('link', { name: 'Try it with a virtual board' }));
    await this.#click(page.getByRole('button', { name: 'New project' }));
    await this.#click(page.getByRole('button', { name: 'Create', exact: true }));
    await this.#connectButton.waitFor();
  }

  /** Connects the board, writes it, and waits until the job says that all is written and verified. */
  async flash(): Promise<void> {
    await this.#click(this.#connectButton);
    await this.#click(this.page.getByRole('button', { name: 'Write', exact: true }));
    await this.page.getByText(/^Done: the/).waitFor();
  }

  /** Two virtual boards on two lanes of Many boards, ready to be started; returns what starts them and waits for both. */
  async twoLanes(): Promise<() => Promise<void>> {
    const { page } = this;
    await page.getByRole('link', { name: 'Devices', exact: true }).click();
    await page.getByRole('link', { name: 'Many boards' }).click();
    await page.getByLabel('How many').fill('2');
    await page.getByRole('button', { name: 'Make 2 devices' }).click();
    await page.getByText('2 devices wait for a board').waitFor();
    await page.getByLabel('Write each board as soon as its plan is made').check();
    const lane = (id: number): Locator => page.getByRole('listitem', { name: `Lane ${id}` });
    for (const id of [1, 2]) {
      await page.getByRole('button', { name: 'Add a virtual board' }).click();
      await lane(id).waitFor();
    }
    return async () => {
      await page.getByRole('button', { name: 'Start 2 lanes' }).click();
      await Promise.all(
        [1, 2].map((id) =>
          lane(id)
            .getByText(/^Done: the/)
            .waitFor(),
        ),
      );
    };
  }

  async firstReading(): Promise<void> {
    await this.page.getByText(/^-?\d+\.\d °C$/).waitFor();
  }

  get #connectButton(): Locator {
    return this.page.getByRole('button', { name: 'Use a virtual board' });
  }

  async #click(target: Locator): Promise<void> {
    await target.click();
    this.clicks += 1;
  }
}
