// The doctor's reasoning on evidence by hand; that the evidence is what browsers give is for tests/e2e/doctor.spec.ts.
import { describe, expect, it } from 'vitest';
import { likelyCauses } from '../../src/doctor/candidates.ts';
import { diagnose } from '../../src/doctor/diagnosis.ts';
import type { Dial, DialEvidence, Evidence, SessionEvidence } from '../../src/doctor/evidence.ts';
import { knownTexts } from '../../src/doctor/known-texts.ts';
import { likelyTexts } from '../../src/doctor/likely-texts.ts';
import { mayBeAsked, placeOf } from '../../src/doctor/places.ts';
import { timingOf } from '../../src/doctor/timing.ts';
import type { Cause } from '../../src/doctor/causes.ts';
import { verdictOf } from '../../src/doctor/verdict-texts.ts';
import { checklist } from '../../src/doctor/checklist.ts';

const nowMs = Date.UTC(2026, 10, 25);
const dayMs = 86_400_000;

const closed = (...times: readonly number[]): Dial[] =>
  times.map((tookMs) => ({ end: 'closed', closeCode: 1006, tookMs }));
const silent: Dial = { end: 'silent', closeCode: null, tookMs: 5_000 };
const opened: Dial = { end: 'opened', closeCode: null, tookMs: 12 };

const refused: DialEvidence = {
  target: closed(9, 4, 5),
  unused: closed(4, 5, 9),
  devicePort: closed(4, 6),
  refusedByBrowser: { end: 'closed', closeCode: 1006, tookMs: 2 },
  otherHosts: [],
};
const handshake: DialEvidence = { ...refused, target: closed(30, 12, 14) };

const evidence = (changes: Partial<Evidence> = {}): Evidence => ({
  page: {
    isSimulated: false,
    isSecure: true,
    isOnline: true,
    origin: 'https://signet.example',
    place: 'unknown',
    localNetwork: { state: 'granted', isForbidden: false },
  },
  browser: { family: 'Chrome', system: 'Linux' },
  host: 'pi.local',
  place: 'local',
  webPort: 8884,
  devicePort: 8883,
  projectId: 'porch',
  clock: { nowMs, aheadMs: 0, projectMadeAtMs: nowMs - 10 * dayMs },
  certificate: {
    names: ['DNS:pi.local', 'DNS:localhost'],
    coversHost: true,
    notBeforeMs: nowMs - 10 * dayMs,
    notAfterMs: nowMs + 300 * dayMs,
    authorityNotBeforeMs: nowMs - 10 * dayMs,
    authorityNotAfterMs: nowMs + 3_000 * dayMs,
    objection: null,
    sha256Fingerprint: 'AB:CD',
    renewedAtMs: null,
    authorityReplacedAtMs: null,
  },
  memory: null,
  filesTakenAtMs: nowMs - 9 * dayMs,
  dials: handshake,
  session: null,
  isLocked: false,
  ...changes,
});

const session = (changes: Partial<SessionEvidence> = {}): Evidence =>
  evidence({
    dials: { ...handshake, target: [opened] },
    session: {
      connackCode: null,
      isLoggedIn: true,
      areSubscriptionsRefused: false,
      publishCode: 0,
      isEchoed: true,
      ...changes,
    },
  });

const certificate = (changes: Partial<Evidence['certificate']>): Evidence['certificate'] => ({
  ...evidence().certificate,
  ...changes,
});

describe('what is certain', () => {
  it('is nothing when the broker was reached and everything worked', () => {
    expect(diagnose(session())).toEqual({ known: [], likely: [], isWell: true });
  });

  it("is the broker's own answer once the socket has opened, whatever the certificate says", () => {
    const { certificate: ours } = evidence({
      certificate: certificate({ coversHost: false, notAfterMs: 0 }),
    });
    expect(
      diagnose({ ...session({ connackCode: 135, isLoggedIn: false }), certificate: ours }).known,
    ).toEqual(['password']);
  });

  it.each([
    [{ connackCode: 5, isLoggedIn: false }, 'password'],
    [{ connackCode: 136, isLoggedIn: false }, 'login-refused'],
    [{ isLoggedIn: false }, 'not-mqtt'],
    [{ isLoggedIn: false, areSubscriptionsRefused: true }, 'may-not-read'],
    [{ publishCode: 135, isEchoed: false }, 'may-not-command'],
    [{ isEchoed: false }, 'may-not-read'],
  ] as const)('is read from the session %j as %s', (changes, cause) => {
    expect(diagnose(session(changes)).known).toEqual([cause]);
  });

  it('waits for the keys when the project is locked', () => {
    expect(diagnose({ ...session(), session: null, isLocked: true })).toMatchObject({
      known: ['locked'],
      isWell: false,
    });
  });

  it("blames the clock, not the certificate, only when the page's host disagrees with the clock", () => {
    const over = certificate({ notAfterMs: nowMs - dayMs });
    expect(diagnose(evidence({ certificate: over })).known).toEqual(['certificate-expired']);
    const clock = { nowMs, aheadMs: 30 * dayMs, projectMadeAtMs: nowMs - 40 * dayMs };
    expect(diagnose(evidence({ certificate: over, clock })).known).toEqual(['clock-ahead']);
    const early = certificate({ notBeforeMs: nowMs + dayMs });
    expect(diagnose(evidence({ certificate: early })).known).toEqual(['certificate-not-yet-valid']);
    const behind = { nowMs, aheadMs: -30 * dayMs, projectMadeAtMs: nowMs + 20 * dayMs };
    expect(diagnose(evidence({ certificate: early, clock: behind })).known).toEqual(['clock-behind']);
  });

  it('takes a project from the future as a sign of the clock where there is no other clock', () => {
    const early = certificate({ notBeforeMs: nowMs + dayMs });
    const clock = { nowMs, aheadMs: null, projectMadeAtMs: nowMs + 2 * dayMs };
    expect(diagnose(evidence({ certificate: early, clock })).known).toEqual(['clock-behind']);
  });

  it('does not blame a permission that is not needed from where the page is', () => {
    const page = { ...evidence().page, localNetwork: { state: 'denied', isForbidden: false } as const };
    expect(diagnose(evidence({ page })).known).toEqual(['local-network-refused']);
    expect(diagnose(evidence({ page: { ...page, place: 'this-computer' } })).known).toEqual([]);
    expect(diagnose(evidence({ page, host: '203.0.113.5', place: 'public' })).known).toEqual([]);
  });

  it('tells a page that was forbidden to ask from a person who said no', () => {
    const page = { ...evidence().page, localNetwork: { state: 'denied', isForbidden: true } as const };
    expect(diagnose(evidence({ page })).known).toEqual(['local-network-forbidden']);
    const insecure = {
      ...page,
      isSecure: false,
      localNetwork: { state: 'denied', isForbidden: false } as const,
    };
    expect(diagnose(evidence({ page: insecure })).known).toEqual(['insecure-page']);
  });
});

describe('what is likely', () => {
  it('is never more than three, and nothing before anything was dialled', () => {
    expect(likelyCauses(evidence())).toHaveLength(3);
    expect(likelyCauses(evidence({ dials: null }))).toEqual([]);
  });

  it('is trust first where somebody answers and this browser never got through', () => {
    expect(likelyCauses(evidence())).toEqual(['authority-untrusted', 'other-service', 'older-bundle']);
  });

  it('is an older bundle first where the browser knew this authority and the certificate was renewed', () => {
    const memory = { atMs: nowMs - dayMs, hasSameAuthority: true, hasSameCertificate: false };
    const renewed = certificate({ renewedAtMs: nowMs - 20 * dayMs });
    expect(likelyCauses(evidence({ memory, certificate: renewed }))[0]).toBe('older-bundle');
  });

  it('is an older bundle before all else where its files were not downloaded since the certificate changed', () => {
    const renewed = certificate({ renewedAtMs: nowMs - dayMs });
    expect(likelyCauses(evidence({ certificate: renewed }))[0]).toBe('older-bundle');
    expect(likelyCauses(evidence({ certificate: renewed, filesTakenAtMs: nowMs }))[0]).toBe(
      'authority-untrusted',
    );
  });

  it('is a closed port where it refuses as an unused one does; the words tell whether the broker runs', () => {
    expect(likelyCauses(evidence({ dials: refused })).slice(0, 2)).toEqual(['port-closed', 'name-unknown']);
    const title = (dials: DialEvidence): string => verdictOf('port-closed', evidence({ dials })).title;
    expect(title(refused)).toContain('not running');
    expect(title({ ...refused, devicePort: closed(16, 14) })).toContain('runs, but not on port 8884');
  });

  it('keeps a cause of the other group among the three while the times are close', () => {
    expect(likelyCauses(evidence({ dials: { ...refused, target: closed(6) } }))).toContain(
      'authority-untrusted',
    );
    expect(likelyCauses(evidence({ dials: { ...refused, target: closed(7.5) } }))).toContain('port-closed');
  });

  it('does not doubt the name of an address', () => {
    expect(likelyCauses(evidence({ dials: refused, host: '192.168.1.10' }))).not.toContain('name-unknown');
  });

  it('is the name where the broker answers under another one', () => {
    const dials = { ...refused, otherHosts: [{ host: '192.168.1.10', dial: opened }] };
    expect(likelyCauses(evidence({ dials }))[0]).toBe('name-unknown');
  });

  it('is a computer that is off where nothing comes back, and a firewall where other ports refuse', () => {
    const off = { ...refused, target: [silent], unused: [silent], devicePort: [silent] };
    expect(likelyCauses(evidence({ dials: off }))[0]).toBe('host-silent');
    const walled = { ...refused, target: [silent], unused: closed(4), devicePort: closed(4) };
    expect(likelyCauses(evidence({ dials: walled }))[0]).toBe('firewall');
  });

  it('is a name that is long looked for where every port fails late', () => {
    const dials = { ...refused, target: closed(5_100), unused: closed(5_050), devicePort: closed(5_080) };
    expect(likelyCauses(evidence({ dials }))[0]).toBe('name-unknown');
  });
});

describe('the time until a port fails', () => {
  it('tells a handshake from a refusal by the least disturbed samples', () => {
    expect(
      timingOf({ ...refused, target: closed(80, 11, 40), unused: closed(8, 5, 9) }).handshake,
    ).toBeGreaterThan(0.8);
    expect(
      timingOf({ ...refused, target: closed(80, 5, 40), unused: closed(8, 5, 9) }).handshake,
    ).toBeLessThan(0.2);
  });

  it('does not make up its mind on a busy computer, whose refusals differ by much', () => {
    const { handshake: odds } = timingOf({
      ...refused,
      target: closed(18, 9, 17),
      unused: closed(2.3, 2.3, 20.8),
    });
    expect(odds).toBe(0.6);
    const dials = { ...refused, target: closed(18, 9, 17), unused: closed(2.3, 2.3, 20.8) };
    expect(likelyCauses(evidence({ dials }))).toEqual(['authority-untrusted', 'port-closed', 'name-unknown']);
  });

  it('says nothing while the browser holds connections back', () => {
    const refusedByBrowser: Dial = { end: 'closed', closeCode: 1006, tookMs: 900 };
    expect(timingOf({ ...handshake, refusedByBrowser }).handshake).toBe(0.5);
  });

  it('needs no time where the browser itself says that it was TLS', () => {
    const target: Dial[] = [{ end: 'closed', closeCode: 1015, tookMs: 1 }];
    expect(timingOf({ ...refused, target }).handshake).toBe(1);
  });
});

describe('where a host is', () => {
  it.each([
    ['localhost', 'this-computer'],
    ['127.0.0.1', 'this-computer'],
    ['[::1]', 'this-computer'],
    ['pi.local', 'local'],
    ['192.168.1.10', 'local'],
    ['172.32.0.1', 'public'],
    ['100.100.1.1', 'local'],
    ['fd00::1', 'local'],
    ['2001:db8::1', 'public'],
    ['mqtt.example.org', 'unknown'],
  ] as const)('%s is %s', (host, place) => {
    expect(placeOf(host)).toBe(place);
  });

  it('decides whether a browser asks: only on the way to a nearer place', () => {
    expect(mayBeAsked('unknown', 'local')).toBe(true);
    expect(mayBeAsked('local', 'this-computer')).toBe(true);
    expect(mayBeAsked('local', 'local')).toBe(false);
    expect(mayBeAsked('this-computer', 'local')).toBe(false);
    expect(mayBeAsked('public', 'public')).toBe(false);
  });
});

describe('the words', () => {
  const causes = [...Object.keys(knownTexts), ...Object.keys(likelyTexts)] as Cause[];

  it.each(causes)('of "%s" name the cause and a remedy, with every value filled in', (cause) => {
    const verdict = verdictOf(cause, { ...evidence(), session: session({ connackCode: 136 }).session });
    const texts = [verdict.title, verdict.because, ...verdict.remedy];
    expect(verdict.title).not.toBe('');
    expect(verdict.remedy.length).toBeGreaterThan(0);
    for (const text of texts) expect(text).not.toMatch(/undefined|NaN|\{\w+\}/);
  });

  it('give every likely cause an address to open that decides', () => {
    for (const cause of Object.keys(likelyTexts) as Cause[])
      expect(verdictOf(cause, evidence()).link).toMatchObject({ address: 'https://pi.local:8884/' });
  });

  it('list what was checked, with nothing wrong when all is well', () => {
    const rows = checklist(session(), diagnose(session()));
    expect(rows.map(({ state }) => state)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok']);
  });
});
