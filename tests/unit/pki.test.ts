import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../src/shared/bytes.ts';
import {
  objectIdentifier,
  octetString,
  readAll,
  readTlv,
  sequence,
  time,
  unsignedInteger,
} from '../../src/pki/der.ts';
import { adviseOnHost, parseHost, parseHosts } from '../../src/pki/hosts.ts';
import { issueMany } from '../../src/pki/issue-many.ts';
import { issueAuthority, issueDeviceCertificate, issuerFrom } from '../../src/pki/issuing.ts';
import { importSigningKey, sec1FromPkcs8 } from '../../src/pki/key-pair.ts';
import { fromPem, toPem } from '../../src/pki/pem.ts';
import { toCertificateRecord } from '../../src/pki/reading.ts';

const crypto = globalThis.crypto;
const DAY_MS = 86_400_000;

describe('DER', () => {
  it('writes integers, identifiers and times as X.690 and RFC 5280 want them', () => {
    expect(toHex(unsignedInteger(fromHex('00007f')))).toBe('02017f');
    expect(toHex(unsignedInteger(fromHex('80')))).toBe('02020080');
    expect(toHex(unsignedInteger(fromHex('0000')))).toBe('020100');
    expect(toHex(objectIdentifier('1.2.840.10045.3.1.7'))).toBe('06082a8648ce3d030107');
    expect(new TextDecoder().decode(time(Date.UTC(2049, 11, 31, 23, 59, 59))).slice(2)).toBe('491231235959Z');
    expect(new TextDecoder().decode(time(Date.UTC(2050, 0, 1))).slice(2)).toBe('20500101000000Z');
    expect(toHex(time(Date.UTC(2050, 0, 1)).slice(0, 2))).toBe('180f');
  });

  it('reads back what it wrote, whatever the length', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 5 }), (contents) => {
        const parts = readAll(readTlv(sequence(...contents.map((content) => octetString(content)))).content);
        expect(parts.map((part) => toHex(part.content))).toEqual(contents.map((content) => toHex(content)));
      }),
    );
    expect(readTlv(octetString(new Uint8Array(70_000))).content).toHaveLength(70_000);
  });

  it('refuses a value cut off anywhere and a length not in its shortest form', () => {
    const whole = sequence(octetString(new Uint8Array(200)));
    for (let end = 0; end < whole.length; end++)
      expect(() => readTlv(whole.subarray(0, end))).toThrow(RangeError);
    for (const hex of ['30800000', '308103', '3081030102', '30820003010203', '3084000000010a']) {
      expect(() => readTlv(fromHex(hex)), hex).toThrow(RangeError);
    }
  });
});

describe('broker hosts', () => {
  it('come in one form', () => {
    const forms: Record<string, string> = {
      ' PI.local ': 'pi.local',
      'pi.local.': 'pi.local',
      'b\u00fccher.example': 'xn--bcher-kva.example',
      'raspberrypi.fritz.box': 'raspberrypi.fritz.box',
      LOCALHOST: 'localhost',
      'porch.duckdns.org': 'porch.duckdns.org',
      '192.168.1.10': '192.168.1.10',
      '2001:DB8:0:0::7': '2001:db8::7',
      '[fd00::1]': 'fd00::1',
      '::1': '::1',
    };
    for (const [typed, text] of Object.entries(forms)) expect(parseHost(typed).text, typed).toBe(text);
    expect(parseHosts(['pi.local', 'PI.LOCAL', '::1']).map((host) => host.text)).toEqual(['pi.local', '::1']);
  });

  it('give the address bytes of their text', () => {
    const bytesOf = (text: string): string => {
      const host = parseHost(text);
      return host.kind === 'dns' ? '' : toHex(host.address);
    };
    expect(bytesOf('192.168.1.10')).toBe('c0a8010a');
    expect(bytesOf('2001:db8::7')).toBe('20010db8000000000000000000000007');
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        if (/\./.test(text) || parsesNot(text)) return;
        const host = parseHost(text);
        const groups = bytesOf(text).match(/.{4}/g) ?? [];
        expect(new URL(`https://[${groups.join(':')}]/`).hostname).toBe(`[${host.text}]`);
      }),
    );
  });

  it('are refused with the reason', () => {
    const refused: Record<string, string> = {
      '': 'empty',
      'https://pi.local': 'url',
      'pi.local:8883': 'port',
      '[::1]:8883': 'port',
      '192.168.1.10/24': 'range',
      'fd00::/8': 'range',
      'pi.local/24': 'url',
      'me@pi': 'url',
      '*.local': 'wildcard',
      'my pi': 'characters',
      my_pi: 'characters',
      '-pi.local': 'characters',
      'pi\u00ad.local': 'characters',
      'a..b': 'length',
      [`${'a'.repeat(64)}.local`]: 'length',
      '192.168.1': 'number',
      '192.168.001.010': 'number',
      '256.1.1.1': 'number',
      '1234': 'number',
      'fe80::1%eth0': 'zone',
      '[fe80::1]': 'link-local',
      'febf::1': 'link-local',
      pi: 'single',
      com: 'single',
      'garden.': 'single',
      local: 'single',
      'xn--p1ai': 'single',
      'co.uk': 'suffix',
      'COM.AU.': 'suffix',
      'github.io': 'suffix',
      'duckdns.org': 'suffix',
      '::ffff:1.2.3.4': 'mapped',
      '0.0.0.0': 'address',
      '224.0.0.1': 'address',
      '255.255.255.255': 'address',
      '::': 'address',
      'ff02::1': 'address',
      '12:34:56': 'characters',
    };
    for (const [typed, reason] of Object.entries(refused)) {
      expect(() => parseHost(typed), typed).toThrow(
        expect.objectContaining({ code: `pki.host-${reason}` }) as Error,
      );
    }
  });

  it('are either refused by name or stable: parsing the canonical form changes nothing', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'grapheme' }), fc.domain(), fc.ipV4Extended(), fc.ipV6()),
        (typed) => {
          if (parsesNot(typed)) return;
          const host = parseHost(typed);
          expect(parseHost(host.text)).toEqual(host);
          expect(host.text).toMatch(/^[a-z0-9.:-]+$/);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('carry advice where a device or browser will be particular', () => {
    const advice = (text: string) => adviseOnHost(parseHost(text));
    expect(advice('192.168.1.10')).toBe('ip-text-added');
    expect(advice('pi.local')).toBe('mdns');
    expect(advice('localhost')).toBe('this-computer-only');
    expect(advice('127.0.0.1')).toBe('this-computer-only');
    expect(advice('mqtt.example.org')).toBeNull();
  });
});

function parsesNot(text: string): boolean {
  try {
    parseHost(text);
    return false;
  } catch (error) {
    expect(error).toMatchObject({ code: expect.stringMatching(/^pki\.host-/) as string });
    return true;
  }
}

describe('PEM', () => {
  it('has LF, lines of 64 and a final newline, and reads back also from CRLF', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (der) => {
        const pem = toPem('CERTIFICATE', der);
        expect(pem).toMatch(
          /^-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/=]{1,64}\n)+-----END CERTIFICATE-----\n$/,
        );
        expect(toHex(fromPem('CERTIFICATE', `noise\r\n${pem.replaceAll('\n', '\r\n')}`))).toBe(toHex(der));
      }),
    );
  });

  it('refuses another label or a cut block', () => {
    const pem = toPem('CERTIFICATE', new Uint8Array(90));
    for (const text of ['', pem.slice(0, -30), pem.replace('AAAA', 'A')]) {
      expect(() => fromPem('CERTIFICATE', text)).toThrow(
        expect.objectContaining({ code: 'pki.pem-format' }) as Error,
      );
    }
    expect(() => fromPem('X509 CRL', pem)).toThrow();
  });
});

describe('issuing', () => {
  const authority = async (nowMs: number) => {
    const request = { role: 'client', projectId: 'porch', hosts: [] } as const;
    const issued = await issueAuthority({ nowMs, crypto }, request);
    return issuerFrom(issued.certificateDer, await importSigningKey(issued.pkcs8, crypto), crypto);
  };
  const device = { projectId: 'porch', deviceId: 'porch-1' };

  it('never outlives its authority', async () => {
    const nowMs = Date.UTC(2026, 0, 1);
    const client = await authority(nowMs);
    const issuedAt = async (atMs: number) =>
      toCertificateRecord(
        (await issueDeviceCertificate({ nowMs: atMs, crypto }, client, device)).certificateDer,
        crypto,
      );
    expect((await issuedAt(nowMs)).notAfterMs).toBe(nowMs + 824 * DAY_MS);
    expect((await issuedAt(nowMs + 3500 * DAY_MS)).notAfterMs).toBe(client.notAfterMs);
    await expect(issuedAt(nowMs + 3650 * DAY_MS)).rejects.toMatchObject({ code: 'pki.authority-expired' });
  });

  it('writes dates beyond 2049', async () => {
    const client = await authority(Date.UTC(2045, 5, 1));
    expect(client.notAfterMs).toBe(Date.UTC(2045, 5, 1) + 3649 * DAY_MS);
  });

  it('keeps each certificate in bytes of its own, as storage copies whole buffers', async () => {
    const issued = await issueAuthority({ nowMs: 0, crypto }, { role: 'web', projectId: 'p', hosts: [] });
    const record = await toCertificateRecord(issued.certificateDer, crypto);
    expect(record.der.buffer.byteLength).toBe(record.der.length);
  });

  it('refuses what is no key or no certificate, telling nothing of it', async () => {
    const issued = await issueAuthority({ nowMs: 0, crypto }, { role: 'web', projectId: 'p', hosts: [] });
    for (let end = 0; end < issued.pkcs8.length; end += 7) {
      const error: unknown = ((): unknown => {
        try {
          return sec1FromPkcs8(issued.pkcs8.slice(0, end));
        } catch (thrown) {
          return thrown;
        }
      })();
      expect(error).toMatchObject({ code: 'pki.key-format', cause: undefined });
    }
    await expect(importSigningKey(issued.certificateDer, crypto)).rejects.toMatchObject({
      code: 'pki.key-format',
    });
    await expect(toCertificateRecord(issued.pkcs8, crypto)).rejects.toMatchObject({
      code: 'pki.certificate-format',
    });
  });
});

describe('many at a time', () => {
  const options = (signal: AbortSignal) => ({ signal, timeoutMs: 60_000 });

  it('come in the order of what they are for, with progress', async () => {
    const seen: number[] = [];
    const numbers = Array.from({ length: 50 }, (_, n) => n);
    const outcome = await issueMany(numbers, (n) => Promise.resolve(n * 2), {
      ...options(new AbortController().signal),
      onProgress: ({ done }) => seen.push(done),
    });
    expect(outcome).toEqual({ kind: 'done', value: numbers.map((n) => n * 2) });
    expect(seen.at(-1)).toBe(50);
    expect(seen.length).toBeGreaterThan(1);
  });

  it('stop between two batches when they are cancelled', async () => {
    const abort = new AbortController();
    let made = 0;
    const outcome = await issueMany(
      Array.from({ length: 1000 }),
      () => {
        made++;
        abort.abort();
        return Promise.resolve();
      },
      options(abort.signal),
    );
    expect(outcome.kind).toBe('cancelled');
    expect(made).toBeLessThan(100);
  });
});
