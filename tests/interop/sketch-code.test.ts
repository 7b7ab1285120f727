// The C++ handed out for people's own sketches, type-checked by g++ against declarations of the core's interfaces; our
// arrays beside those of the real xxd.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { utf8 } from '../../src/shared/bytes.ts';
import { xxdInclude } from '../../src/sketch/c-source.ts';
import { headerLoaderCode, loaderCode } from '../../src/sketch/loader-code.ts';
import type { EncodedObject, SketchMaterial } from '../../src/sketch/material.ts';
import { headersOf, sketchPresets, type ChosenFile } from '../../src/sketch/presets.ts';
import { s4Replacements } from '../../src/sketch/s4-replacements.ts';

const stubs = fileURLToPath(new URL('../fixtures/arduino-stubs', import.meta.url));
const brokerSha1 = Uint8Array.from({ length: 20 }, (_, i) => 255 - i);
const object = (name: string): EncodedObject => ({
  der: Uint8Array.from({ length: 300 }, (_, i) => (i * 7) & 255),
  pem: utf8(`-----BEGIN ${name}-----\n${'QUJD'.repeat(16)}\n-----END ${name}-----\n`),
});
const material: SketchMaterial = {
  authority: object('CERTIFICATE'),
  certificate: object('CERTIFICATE'),
  key: object('EC PRIVATE KEY'),
  brokerSha1,
  wifi: { ssid: 'Gäste "1" ??/', psk: 'a\\"; }\n#error' },
};

let folder: string;
beforeAll(() => (folder = mkdtempSync(path.join(tmpdir(), 'sketch-code-'))));
afterAll(() => rmSync(folder, { recursive: true }));

/** What g++ says against the code; empty when it is content. */
function complaints(code: string): string {
  const source = path.join(folder, 'sketch.cpp');
  writeFileSync(source, code);
  const flags = '-std=gnu++17 -fsyntax-only -Wall -Wextra -Werror -Wno-unused-function -trigraphs'.split(' ');
  const { status, stderr } = spawnSync('g++', [...flags, '-I', stubs, '-I', folder, source], {
    encoding: 'utf8',
  });
  return status === 0 ? '' : stderr || `g++ ended with ${status}`;
}

const presetFiles = (id: string): readonly ChosenFile[] =>
  sketchPresets.find((preset) => preset.id === id)?.files ?? [];

const setup = (body: string): string =>
  `BearSSL::WiFiClientSecure tlsClient;\nvoid setup() {\n  Serial.begin(115200);\n  ${body}\n}\n`;

describe('the code for a sketch', () => {
  it.each(['s1', 's4', 's5'])('of %s that loads its files is right C++', (id) => {
    const code = loaderCode({ files: presetFiles(id), brokerSha1 });
    expect(complaints(`${code}\n${setup('if (!loadCredentials(tlsClient)) return;')}`)).toBe('');
  });

  it.each(['pem', 'der'] as const)('of a free choice in %s is right C++, whatever the names', (format) => {
    const files: ChosenFile[] = (['authority', 'certificate', 'key'] as const).map((what) => ({
      path: `/c/${what} %s "ü" \\.${format}`,
      what,
      format,
    }));
    expect(complaints(loaderCode({ files, brokerSha1 }) + setup('loadCredentials(tlsClient);'))).toBe('');
  });

  it.each(['s2', 's3'] as const)(
    'of %s that uses its header is right C++, and so is the header',
    (preset) => {
      for (const header of headersOf({ kind: 'preset', preset }, material)) {
        writeFileSync(path.join(folder, header.name), header.text);
        expect(complaints(`#include "${header.name}"\n#include "${header.name}"\n`)).toBe('');
      }
      expect(complaints(headerLoaderCode[preset] + setup('loadCredentials(tlsClient);'))).toBe('');
    },
  );

  it('of S4 after its replacements is right C++, and what was before is not', () => {
    const [include, client, ...body] = s4Replacements;
    const loader = loaderCode({ files: presetFiles('s4'), brokerSha1 });
    const sketch = (side: 'before' | 'after'): string =>
      [
        include?.[side] ?? '',
        loader,
        client?.[side] ?? '',
        'const char *brokerHost = "pi.local", *fingerprint = "";',
        `void setup() {\n${body.map((part) => part[side]).join('\n')}\n}`,
      ].join('\n');
    expect(complaints(sketch('after').replace('*fingerprint = ""', '*unused = ""'))).toBe('');
    expect(complaints(sketch('before'))).not.toBe('');
  });

  it('would be caught by a wrong call', () => {
    const code = loaderCode({ files: presetFiles('s5'), brokerSha1 });
    expect(complaints(code.replace('setTrustAnchors(authority)', 'setTrustAnchors(*authority)'))).not.toBe(
      '',
    );
    expect(complaints(code.replace('BR_KEYTYPE_SIGN, ', ''))).not.toBe('');
  });
});

describe('the loader, run on a computer with the address sanitizer', () => {
  let program = '';
  const compile = (code: string, name: string): string => {
    const source = path.join(folder, 'sketch.cpp');
    const built = path.join(folder, name);
    writeFileSync(source, code);
    // What it loads stays for as long as the sketch runs: no leak.
    const flags = ['-std=gnu++17', '-fsanitize=address', '-I', stubs, '-I', folder];
    execFileSync('g++', [...flags, '-o', built, path.join(stubs, 'run-loader.cpp')]);
    return built;
  };
  const run = (built: string, files: Readonly<Record<string, Uint8Array>>) => {
    const root = mkdtempSync(path.join(folder, 'files-'));
    for (const [name, content] of Object.entries(files)) writeFileSync(path.join(root, name), content);
    const env = { ...process.env, ASAN_OPTIONS: 'detect_leaks=0' };
    const { status, stdout } = spawnSync(built, [root], { encoding: 'utf8', env });
    return { status, lines: stdout.trim().split('\n') };
  };
  const whole = {
    'rootCA_certificate.pem': material.authority.pem,
    'SecuredDev01_crt.pem': material.certificate.pem,
    'SecuredDev01_key_nopass.pem': material.key.pem,
  };
  const code = loaderCode({ files: presetFiles('s5'), brokerSha1 });
  beforeAll(() => (program = compile(code, 'loader')));

  it('sets authority and client from whole files', () => {
    expect(run(program, whole)).toEqual({ status: 0, lines: ['anchors set', 'EC client set', 'loaded'] });
  });

  it.each([
    ['missing', undefined, 'Missing file: /SecuredDev01_crt.pem'],
    ['empty', new Uint8Array(), 'Not a usable size: /SecuredDev01_crt.pem has 0 bytes'],
    ['too large', new Uint8Array(4097).fill(65), 'Not a usable size: /SecuredDev01_crt.pem has 4097 bytes'],
    ['no certificate', utf8('hello'), 'The certificate or its key is not readable.'],
  ])('refuses a certificate that is %s, and says why', (_, content, why) => {
    const names = Object.entries(whole).filter(([name]) => name !== 'SecuredDev01_crt.pem');
    const files = [...names, ...(content ? [['SecuredDev01_crt.pem', content] as const] : [])];
    const { status, lines } = run(program, Object.fromEntries(files));
    expect([status, lines.slice(-2)]).toEqual([0, [why, 'refused']]);
  });

  it('would be caught without its terminator', () => {
    const careless = code.replace('malloc(size + 1)', 'malloc(size)').replace('bytes[size] = 0;', '');
    expect(careless).not.toBe(code);
    expect(run(compile(careless, 'careless'), whole).status).not.toBe(0);
  });
});

describe('arrays', () => {
  it.skipIf(!existsSync('/usr/bin/xxd'))('are byte for byte those of xxd -i', () => {
    const samples: [string, Uint8Array][] = [
      ['rootCA_certificate.der', material.authority.der],
      ['9 weird-näme.der', Uint8Array.of(0, 255)],
      ['twelve.bin', new Uint8Array(12)],
      ['none', new Uint8Array()],
    ];
    for (const [name, bytes] of samples) {
      writeFileSync(path.join(folder, name), bytes);
      const expected = execFileSync('/usr/bin/xxd', ['-i', name], { cwd: folder, encoding: 'utf8' });
      expect(xxdInclude(name, bytes)).toBe(expected);
    }
  });
});
