// The tutorials' scripts take no value that a shell, or OpenSSL's configuration, would read as anything but a value.
import { describe, expect, it } from 'vitest';
import { classicCommandText, classicScriptsZip } from '../../src/workflows/trust/classic-set.ts';

const values = {
  country: 'GB',
  state: '',
  town: "St John's",
  organization: 'Porch & Sons 100 %',
  email: 'me@example.org',
  brokerName: 'pi.local',
  dnsNames: ['localhost', '*.porch.example'],
  addresses: ['192.168.1.10', 'fd00::1'],
  clients: ['porch-1', 'd:quickstart:esp8266:01'],
  uniqueSerials: true,
};
const codeOf = (changes: Partial<typeof values>, passphrase = 'password123'): string => {
  try {
    const form = { profile: 's5', values: { ...values, ...changes } } as const;
    classicCommandText(form);
    classicScriptsZip(form, passphrase);
    return 'written';
  } catch (thrown) {
    return (thrown as { code?: string }).code ?? String(thrown);
  }
};

describe('values of the tutorials', () => {
  it('that people have are written', () => expect(codeOf({})).toBe('written'));

  it.each([
    ['a quotation mark before a command', { organization: 'O"; & calc' }],
    ['a variable of OpenSSL', { organization: '${ENV::HOME}' }],
    ['a line of its own', { town: 'a\nb' }],
    ['a client that is a command', { clients: ['c"2 & calc'] }],
    ['a client outside the folder', { clients: ['../../c1'] }],
    ['another name in the broker\u2019s', { brokerName: "x';.local, DNS:evil.com" }],
    ['no name of the broker', { brokerName: '' }],
    ['an e-mail address among the names', { dnsNames: ['email:x'] }],
    ['a country of three signs', { country: "G'B" }],
    ['an organization that no certificate takes', { organization: 'x'.repeat(65) }],
  ])('are refused: %s', (_name, changes) => expect(codeOf(changes)).toBe('pki.classic-value'));

  it('and a pass phrase with a quotation mark too, without being repeated', () => {
    expect(codeOf({}, 'pass"word & calc')).toBe('pki.classic-value');
  });
});
