// From a project's device to the files of a person's own sketch: judged by Node's OpenSSL and our reader.
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { unzipSync } from 'fflate';
import { beforeAll, describe, expect, it } from 'vitest';
import { flashLayouts, layoutNamed } from '../../src/contract/flash-layouts.ts';
import { readImage } from '../../src/littlefs/reader.ts';
import { fromUtf8, utf8, type Bytes } from '../../src/shared/bytes.ts';
import { asAppError, type AppError } from '../../src/shared/errors.ts';
import type { Device } from '../../src/project/entities.ts';
import type { ExtraEntry, SketchChoice } from '../../src/sketch/presets.ts';
import { ideZip, imageFile, makeSketchFiles, sketchImage } from '../../src/workflows/sketch-files.ts';
import { newBench, type Bench } from './live-kit.ts';

let bench: Bench;
let device: Device;

beforeAll(async () => {
  bench = await newBench();
  const [first] = bench.project.devices;
  if (!first) throw new Error('no device');
  device = first;
});

const files = (choice: SketchChoice) =>
  makeSketchFiles(bench.env, { project: bench.project, device, choice });

const filesOfImage = (layoutName: string, content: Bytes): Map<string, Bytes> => {
  const source = {
    read: (offset: number, sizeBytes: number) => content.subarray(offset, offset + sizeBytes),
  };
  const { entries } = readImage(source, layoutNamed(layoutName));
  return new Map(entries.flatMap((entry) => (entry.kind === 'file' ? [[entry.path, entry.read()]] : [])));
};

const errorOf = async (act: () => Promise<unknown>): Promise<AppError> => {
  try {
    await act();
  } catch (thrown) {
    return asAppError(thrown);
  }
  throw new Error('nothing was thrown');
};

describe('files for a sketch', () => {
  it("S5: the image holds the authority, the device's certificate and the key that fits it", async () => {
    const layout = layoutNamed('4m2m');
    const file = imageFile(device, await files({ kind: 'preset', preset: 's5' }), layout);
    expect(file.name).toBe('porch-1-littlefs-4m2m-at-0x200000-SECRET.bin');
    expect(file.content).toHaveLength(layout.fsSizeBytes);
    const found = filesOfImage('4m2m', file.content);
    const pem = (path: string): string => fromUtf8(found.get(path) ?? new Uint8Array());
    const certificate = new X509Certificate(pem('/SecuredDev01_crt.pem'));
    expect(certificate.checkPrivateKey(createPrivateKey(pem('/SecuredDev01_key_nopass.pem')))).toBe(true);
    expect(pem('/SecuredDev01_key_nopass.pem')).toMatch(/^-----BEGIN EC PRIVATE KEY-----\n[^\r]*\n$/);
    const authority = new X509Certificate(pem('/rootCA_certificate.pem'));
    const broker = new X509Certificate(bench.project.broker.deviceListener.certificate.der);
    expect(broker.verify(authority.publicKey)).toBe(true);
  });

  it('S4: DER files under the names its sketch opens', async () => {
    const { entries } = await files({ kind: 'preset', preset: 's4' });
    const found = new Map(entries.map(({ path, content }) => [path, content ?? new Uint8Array()]));
    const certificate = new X509Certificate(found.get('/client.crt.der') ?? '');
    const keyDer = Buffer.from(found.get('/client.key.der') ?? '');
    const key = createPrivateKey({ key: keyDer, format: 'der', type: 'sec1' });
    expect(certificate.checkPrivateKey(key)).toBe(true);
  });

  it("S2: the header's fingerprint is the one of the broker's certificate", async () => {
    const { headers, hasSecrets } = await files({ kind: 'preset', preset: 's2' });
    const sha1 = createHash('sha1').update(bench.project.broker.deviceListener.certificate.der).digest('hex');
    const initializer = /mqttCertFingerprint\[\] = \{([^}]*)\}/.exec(headers[0]?.text ?? '')?.[1] ?? '';
    expect(initializer.replaceAll('0x', '').replaceAll(',', '')).toBe(sha1);
    expect(hasSecrets).toBe(false);
  });

  it('fit every layout that has a file system', async () => {
    const { entries } = await files({ kind: 'preset', preset: 's5' });
    for (const layout of flashLayouts) expect(sketchImage(layout, entries).runs.length).toBeGreaterThan(0);
  });

  it('are refused with needed and available bytes when they are too large', async () => {
    const extras: ExtraEntry[] = [{ path: '/big.bin', content: new Uint8Array(40_000) }];
    const error = await errorOf(async () => {
      const { entries } = await files({ kind: 'preset', preset: 's4', extras });
      sketchImage(layoutNamed('512k32'), entries);
    });
    expect(error.code).toBe('sketch.too-large');
    expect(error.details).toMatchObject({ layout: '512k32', availableBytes: 32_768 });
    expect(error.details['neededBytes']).toBeGreaterThan(40_000);
    expect(error.message).not.toContain('{');
  });

  it('are refused when one of them is a SPIFFS image', async () => {
    const image = new Uint8Array(3 * 8192).fill(0xff);
    for (const start of [0, 8192, 16_384]) image.set([0x29, 0x04, 1, 0], start + 252);
    const error = await errorOf(() =>
      files({ kind: 'free', files: [], extras: [{ path: '/fs.bin', content: image }] }),
    );
    expect(error.code).toBe('sketch.spiffs-image');
  });

  it('become a .zip for the IDE, with data/, headers and a README that says what to close', async () => {
    const extras: ExtraEntry[] = [
      { path: '/www/index.html', content: utf8('<p>') },
      { path: '/log', content: null },
    ];
    const made = await files({ kind: 'preset', preset: 's5', extras });
    const zip = ideZip(device, made, layoutNamed('4m1m'));
    expect(zip.name).toBe('porch-1-sketch-files-SECRET.zip');
    const unpacked = unzipSync(zip.content);
    expect(Object.keys(unpacked)).toEqual([
      'README.txt',
      'data/rootCA_certificate.pem',
      'data/SecuredDev01_crt.pem',
      'data/SecuredDev01_key_nopass.pem',
      'data/www/index.html',
      'data/log/',
      'rootCA_certificate.der.h',
    ]);
    const readme = fromUtf8(unpacked['README.txt'] ?? new Uint8Array());
    expect(readme).toContain('Close the Serial Monitor first');
    expect(readme).toContain('data/SecuredDev01_key_nopass.pem  (secret)');
    expect(ideZip(device, made, layoutNamed('4m1m')).content).toEqual(zip.content);
  });
});
