// Presets, headers and names of files for people's own sketches.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromUtf8, utf8, type Bytes } from '../../src/shared/bytes.ts';
import { AppError } from '../../src/shared/errors.ts';
import { cString, xxdInclude, xxdName } from '../../src/sketch/c-source.ts';
import { checkEntries } from '../../src/sketch/entry-checks.ts';
import { brokerTrustHeader, secureCredentialsHeader } from '../../src/sketch/headers.ts';
import type { EncodedObject, SketchMaterial } from '../../src/sketch/material.ts';
import { entriesOf, headersOf, sketchPresets, type PresetId } from '../../src/sketch/presets.ts';
import { looksLikeSpiffs } from '../../src/sketch/spiffs.ts';

const object = (name: string): EncodedObject => ({
  der: utf8(`der of ${name}`),
  pem: utf8(`-----BEGIN ${name}-----\nQUJD\n-----END ${name}-----\n`),
});
const material: SketchMaterial = {
  authority: object('AUTHORITY'),
  certificate: object('CERTIFICATE'),
  key: object('KEY'),
  brokerSha1: Uint8Array.from({ length: 20 }, (_, i) => i * 11),
  wifi: { ssid: 'Gäste "1"', psk: 'back\\slash??/42' },
};

const filesOf = (preset: PresetId): [string, string | null][] =>
  entriesOf({ kind: 'preset', preset }, material).map(({ path, content }) => [
    path,
    content && fromUtf8(content),
  ]);

const codeOf = (act: () => void): string => {
  try {
    act();
  } catch (thrown) {
    return thrown instanceof AppError ? thrown.code : String(thrown);
  }
  return 'none';
};

describe('presets', () => {
  it("name and encode the files as each tutorial's sketch opens them", () => {
    const pem = (name: string): string => `-----BEGIN ${name}-----\nQUJD\n-----END ${name}-----\n`;
    expect(filesOf('s1')).toEqual([['/rootCA_certificate.pem', pem('AUTHORITY')]]);
    expect(filesOf('s2')).toEqual([]);
    expect(filesOf('s3')).toEqual([]);
    expect(filesOf('s4')).toEqual([
      ['/client.crt.der', 'der of CERTIFICATE'],
      ['/client.key.der', 'der of KEY'],
    ]);
    expect(filesOf('s5')).toEqual([
      ['/rootCA_certificate.pem', pem('AUTHORITY')],
      ['/SecuredDev01_crt.pem', pem('CERTIFICATE')],
      ['/SecuredDev01_key_nopass.pem', pem('KEY')],
    ]);
  });

  it('all have names that can be written', () => {
    for (const { id } of sketchPresets) {
      expect(() => checkEntries(entriesOf({ kind: 'preset', preset: id }, material))).not.toThrow();
    }
  });

  it('mark what holds the private key', () => {
    const secret = sketchPresets.map(({ id }) => [
      ...entriesOf({ kind: 'preset', preset: id }, material).filter(
        (entry) => entry.content !== null && entry.isSecret,
      ),
      ...headersOf({ kind: 'preset', preset: id }, material).filter((header) => header.isSecret),
    ]);
    expect(secret.map((parts) => parts.length)).toEqual([0, 0, 1, 1, 1]);
  });

  it('leave path and format to a free choice, with extra files and folders behind', () => {
    const entries = entriesOf(
      {
        kind: 'free',
        files: [{ path: '/certs/me.pem', what: 'certificate', format: 'pem' }],
        extras: [
          { path: '/index.html', content: utf8('<p>') },
          { path: '/log', content: null },
        ],
      },
      material,
    );
    expect(entries.map(({ path, content }) => [path, content?.length ?? null])).toEqual([
      ['/certs/me.pem', material.certificate.pem.length],
      ['/index.html', 3],
      ['/log', null],
    ]);
  });
});

describe('headers', () => {
  it('S3: guard, Wi-Fi and three PEM texts under the names its sketch uses', () => {
    const { name, text } = secureCredentialsHeader(material);
    expect(name).toBe('secure_credentials.h');
    expect(text).toMatch(/^#ifndef SECURE_CREDENTIALS_H\n#define SECURE_CREDENTIALS_H\n/);
    expect(text).toMatch(/\n#endif\n$/);
    expect(text).toContain('#define STASSID "G\\303\\244ste \\"1\\""\n');
    expect(text).toContain('#define STAPSK "back\\\\slash\\?\\?/42"\n');
    for (const macro of ['CA_CERT_PROG', 'CLIENT_CERT_PROG', 'CLIENT_KEY_PROG'])
      expect(text).toMatch(
        new RegExp(`const char ${macro}\\[\\] PROGMEM =\n  "-----BEGIN [A-Z]+-----\\\\n"\n`),
      );
  });

  it('S2: the authority and the twenty bytes of the fingerprint', () => {
    const { text } = brokerTrustHeader(material);
    expect(text).toContain('const char caCert[] PROGMEM =');
    expect(text).toContain(
      'mqttCertFingerprint[] = {0x00,0x0b,0x16,0x21,0x2c,0x37,0x42,0x4d,0x58,0x63,0x6e,0x79,0x84,0x8f,0x9a,0xa5,0xb0,0xbb,0xc6,0xd1};',
    );
  });

  it('the arrays are those of xxd -i', () => {
    expect(xxdInclude('9a-b.der', Uint8Array.of(1, 2))).toBe(
      'unsigned char __9a_b_der[] = {\n  0x01, 0x02\n};\nunsigned int __9a_b_der_len = 2;\n',
    );
    expect(xxdInclude('e.x', new Uint8Array())).toBe(
      'unsigned char e_x[] = {\n};\nunsigned int e_x_len = 0;\n',
    );
    expect(xxdInclude('t', new Uint8Array(13))).toBe(
      `unsigned char t[] = {\n  ${Array(12).fill('0x00').join(', ')},\n  0x00\n};\nunsigned int t_len = 13;\n`,
    );
    expect(xxdName('t.é')).toBe('t___');
  });

  it('no text can leave its C literal', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const inside = cString(text).slice(1, -1);
        expect(inside).toMatch(/^(?:[ !#->@-[\]-~]|\\["\\?]|\\[0-3][0-7]{2})*$/);
        const bytes = inside.replace(/\\([0-7]{3})|\\(.)/g, (_, octal: string | undefined, plain: string) =>
          octal === undefined ? plain : String.fromCharCode(Number.parseInt(octal, 8)),
        );
        expect(Uint8Array.from(bytes, (c) => c.charCodeAt(0))).toEqual(utf8(text));
      }),
    );
  });
});

describe('names of files', () => {
  const check = (...paths: string[]) =>
    codeOf(() => checkEntries(paths.map((path) => ({ path, content: utf8('x') }))));

  it('may have 31 bytes between two slashes, not 32', () => {
    const name = (sizeBytes: number): string => `/${'é'.repeat(15)}${'x'.repeat(sizeBytes - 30)}`;
    expect(check(name(31), `${name(31)}2`.replace('2', '').replace('é', 'ü'))).toBe('none');
    expect(check(name(32))).toBe('sketch.path');
    expect(check(`/a${name(32)}/b`)).toBe('sketch.path');
  });

  it.each(['', 'a', '/', '/a/', '//a', '/.', '/a/../b', '/a\\b', '/c:', '/a\nb', '/\ud800'])(
    'cannot be %j',
    (path) => expect(check(path)).toBe('sketch.path'),
  );

  it('cannot be given twice, nor differ in capitals only', () => {
    expect(check('/a.pem', '/b.pem')).toBe('none');
    expect(check('/a.pem', '/a.pem')).toBe('sketch.path-twice');
    expect(check('/a.pem', '/A.pem')).toBe('sketch.path-twice');
  });

  it('cannot be a file and a folder', () => {
    expect(check('/a/b', '/a')).toBe('sketch.file-as-folder');
    expect(check('/a/b/c', '/a/d')).toBe('none');
  });
});

// SPIFFS as its TECH_SPEC has it: lookup pages, then pages that begin with their object's id.
function spiffsImage({
  blockSizeBytes,
  blockCount,
  withLength,
}: {
  blockSizeBytes: number;
  blockCount: number;
  withLength: boolean;
}): Bytes {
  const image = new Uint8Array(blockSizeBytes * blockCount).fill(0xff);
  const view = new DataView(image.buffer);
  const lookupBytes = Math.max(256, (blockSizeBytes / 256) * 2);
  for (let block = 0; block < blockCount; block++) {
    const start = block * blockSizeBytes;
    const length = withLength ? blockCount - block : 0;
    view.setUint16(start + lookupBytes - 4, (0x20140529 ^ 256 ^ length) & 0xffff, true);
    view.setUint16(start + lookupBytes - 2, 1, true);
    if (block > 1) continue;
    for (const [entry, id] of [0x8001, 0x0001, 0x0001, 0].entries()) {
      view.setUint16(start + 2 * entry, id, true);
      view.setUint16(start + lookupBytes + 256 * entry, id === 0 ? 7 : id, true);
    }
  }
  return image;
}

describe('a SPIFFS image', () => {
  const shapes = [4096, 8192, 65536].flatMap((blockSizeBytes) =>
    [2, 5, 16].flatMap((blockCount) =>
      [false, true].map((withLength) => ({ blockSizeBytes, blockCount, withLength })),
    ),
  );

  it.each(shapes)('is recognised: %o', (shape) => expect(looksLikeSpiffs(spiffsImage(shape))).toBe(true));

  it('is not seen in an erased flash, in noise, or in an image with other magic or a torn lookup', () => {
    expect(looksLikeSpiffs(new Uint8Array(1 << 16).fill(0xff))).toBe(false);
    expect(looksLikeSpiffs(new Uint8Array(1 << 16))).toBe(false);
    expect(looksLikeSpiffs(new Uint8Array(0))).toBe(false);
    const image = spiffsImage({ blockSizeBytes: 8192, blockCount: 8, withLength: false });
    const otherMagic = image.slice();
    otherMagic[252] = 0x55;
    expect(looksLikeSpiffs(otherMagic)).toBe(false);
    const torn = image.slice();
    torn[256] = 0x77;
    expect(looksLikeSpiffs(torn)).toBe(false);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8192, maxLength: 16384 }), (bytes) => {
        expect(looksLikeSpiffs(bytes)).toBe(false);
      }),
    );
  });
});
