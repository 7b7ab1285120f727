// "Will it work?": each verdict of src/pki/verdicts against the verifier itself, for certificates with one peculiarity each.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inspectChain } from '../../src/pki/explain/chain.ts';
import { readCertificateFacts } from '../../src/pki/facts/certificate.ts';
import { judge, type Verdict } from '../../src/pki/verdicts/verdicts.ts';
import { verifiers, type Verifier } from '../../src/pki/verdicts/verifiers.ts';
import {
  verdictCases,
  Verifiers,
  type MadeCase,
  type RealVerifier,
  type VerdictCase,
} from './verdict-cases.ts';

const real: Readonly<Partial<Record<Verifier['id'], RealVerifier>>> = {
  esp8266: 'bearssl',
  esp32: 'mbedtls',
  mosquitto: 'openssl',
  'node-red': 'node',
  strict: 'openssl-strict',
  chrome: 'chrome',
};
const judges = new Verifiers();

beforeAll(() => judges.start());
afterAll(() => judges.stop());

async function ours(made: MadeCase, host: string): Promise<Verdict[]> {
  const [leaf, authority] = [made.leaf, made.authority].map((der) => readCertificateFacts(der));
  if (!leaf || !authority) throw new Error('unreadable');
  return judge({ chain: await inspectChain(leaf, [authority], crypto), host, nowMs: Date.now() });
}

/** Programs that no row stands for, each with the row that it follows, and the cases in which it does not. */
const beside: readonly {
  readonly program: RealVerifier;
  readonly row: Verifier['id'];
  readonly otherwise: readonly string[];
}[] = [
  {
    // Takes whatever it is given as an anchor, and no common name beside an address.
    program: 'gnutls',
    row: 'node-red',
    otherwise: ['under an authority without CA:TRUE', 'only an address as alternative name'],
  },
  {
    // Asks for no key usage, wants CA:TRUE of an anchor, and lets a wildcard stand for a name before .local.
    program: 'go',
    row: 'chrome',
    otherwise: ['RSA without digitalSignature', 'wildcard of .local', 'under an authority without CA:TRUE'],
  },
  {
    // Looks at neither dates nor constraints of an anchor; takes SHA-1 under one of one's own.
    program: 'java',
    row: 'node-red',
    otherwise: [
      'RSA without digitalSignature',
      'wildcard of .local',
      'signed with SHA-1',
      'under an expired authority',
      'outside name constraints',
      'address as a name inside name constraints',
    ],
  },
];

async function expectBeside(made: MadeCase, { name, host }: VerdictCase, verdicts: readonly Verdict[]) {
  const outcome = (id: Verifier['id']) => verdicts.find(({ verifier }) => verifier.id === id)?.outcome;
  // NSS refuses nothing that Firefox takes; what it takes beyond that, Firefox's own rules refuse.
  if (outcome('firefox') === 'works') expect(await judges.ask('nss', made, host), 'NSS').toBe('ok');
  for (const { program, row, otherwise } of beside) {
    const said = await judges.ask(program, made, host);
    const isLikeRow = (said === 'ok') === (outcome(row) === 'works');
    expect(isLikeRow, `${program} says "${said}", ${row} is "${outcome(row) ?? ''}"`).toBe(
      !otherwise.includes(name),
    );
  }
}

describe('a broker certificate', () => {
  it.each(verdictCases.map((each, number) => ({ ...each, number })))(
    '$name: we say what each verifier says',
    async (each) => {
      const made = judges.make(each.number, each);
      const verdicts = await ours(made, each.host);
      for (const { verifier, outcome, reason, mend } of verdicts) {
        expect(reason).not.toBe('');
        expect(mend === null).toBe(outcome === 'works');
        const judgeName = real[verifier.id];
        if (!judgeName) continue;
        const said = await judges.ask(judgeName, made, each.host);
        expect(outcome === 'works', `${verifier.name} says "${said}", we say "${outcome}: ${reason}"`).toBe(
          said === 'ok',
        );
      }
      await expectBeside(made, each, verdicts);
    },
  );

  it('whose authority is missing is unproven, and under a false authority of the same name refused', async () => {
    const made = judges.make(200, { ...(verdictCases[0] as (typeof verdictCases)[0]) });
    const leaf = readCertificateFacts(made.leaf);
    const alone = judge({ chain: await inspectChain(leaf, [], crypto), host: 'pi.local', nowMs: Date.now() });
    expect(new Set(alone.map(({ outcome }) => outcome))).toEqual(new Set(['unproven']));
    judges.files.run(
      'req -x509 -newkey rsa:2048 -nodes -keyout x.key -subj {/O=Porch/CN=modern authority} -outform DER -out false.der',
    );
    const falseOne = { ...readCertificateFacts(judges.files.read('false.der')) };
    const extensions = { ...falseOne.extensions, subjectKeyIdHex: null };
    const chain = await inspectChain(leaf, [{ ...falseOne, extensions }], crypto);
    expect(chain.map(({ signature }) => signature)).toEqual(['bad', 'good']);
    const verdicts = judge({ chain, host: 'pi.local', nowMs: Date.now() });
    expect(new Set(verdicts.map(({ outcome }) => outcome))).toEqual(new Set(['refuses']));
  });
});

describe('the table of verifiers', () => {
  it('calls measured exactly those that are asked here', () => {
    const measured = verifiers.filter(({ isMeasured }) => isMeasured).map(({ id }) => id);
    expect(measured.sort()).toEqual(Object.keys(real).sort());
  });
});
