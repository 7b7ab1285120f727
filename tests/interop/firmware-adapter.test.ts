/** The chip's adapter against the declared Arduino API (scripts/firmware-adapter.sh): a wrong call is seen here. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'signet-adapter-'));
  await cp(path.join(root, 'firmware/src/esp8266'), folder, { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

/** What the compiler says of the adapter in `folder`; empty when it is content. */
async function complaints(): Promise<string> {
  const script = path.join(root, 'scripts/firmware-adapter.sh');
  return promisify(execFile)('bash', [script, folder]).then(
    () => '',
    (thrown: unknown) => (thrown as { readonly stderr: string }).stderr,
  );
}

async function exchange(file: string, from: string, to: string): Promise<void> {
  const source = await readFile(path.join(folder, file), 'utf8');
  expect(source).toContain(from);
  await writeFile(path.join(folder, file), source.replace(from, to));
}

describe("the chip's adapter", () => {
  it('compiles without a warning as it is', async () => {
    expect(await complaints()).toBe('');
  });

  it.each([
    ['a function that the core does not have', 'wifi.cpp', 'WiFi.status()', 'WiFi.state()'],
    ['an argument of another kind', 'files.cpp', 'LittleFS.open(name.text, "a")', 'LittleFS.open(name, "a")'],
    [
      'an argument too few',
      'files.cpp',
      'LittleFS.rename(fresh.text, name.text)',
      'LittleFS.rename(fresh.text)',
    ],
    ['a callback of another form', 'time_and_random.cpp', '[](bool from_sntp)', '[](bool from_sntp, int)'],
    [
      "Debian's form of a call that the core's BearSSL has otherwise",
      'engine_calls.cpp',
      ', nullptr, nullptr',
      '',
    ],
    ['a socket that listens', 'main.cpp', 'sg_setup();', 'sg_setup(); static WiFiServer door(80);'],
    ['a value that the SDK does not know', 'machine.cpp', 'REASON_SOFT_RESTART', 'REASON_RESTART'],
    ['a comparison that warns', 'serial.cpp', 'static_cast<uint32_t>(waiting) < cap', 'waiting < cap'],
  ])('is refused with %s', async (_, file, from, to) => {
    await exchange(file, from, to);
    expect(await complaints()).toContain(file);
  });
});
