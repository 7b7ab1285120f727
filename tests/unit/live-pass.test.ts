// A Live pass: what is in it, what is not, and what happens when it was changed on its way.
import { describe, expect, it } from 'vitest';
import { fromBase64, toBase64, toHex } from '../../src/shared/bytes.ts';
import { newPassCode, openLivePass } from '../../src/vault/live-pass.ts';
import { makeLivePass, passKeys, passSource } from '../../src/workflows/live-pass.ts';
import { openLiveSource } from '../../src/workflows/open-live.ts';
import { openSecret, openSecretText } from '../../src/workflows/open-secret.ts';
import { sendCommand } from '../../src/workflows/send-command.ts';
import { DeviceStandIn, newBench, until } from './live-kit.ts';

const bench = await newBench();
const { env, project } = bench;
const wishes = { commanded: ['porch-1'], withWebAuthority: true };
const made = await makeLivePass(env, project, wishes);
const pass = await openLivePass(made.text, made.code, crypto);

describe('a Live pass', () => {
  it('opens with its code, however it is typed, and holds what Live needs', async () => {
    const { fileName, code, text } = made;
    expect(fileName).toBe('porch-live.signet-pass');
    expect(code).toMatch(/^([2-9A-HJ-NP-Z]{4}-){3}[2-9A-HJ-NP-Z]{4}$/);
    expect(await openLivePass(text, code.toLowerCase().replaceAll('-', ' '), crypto)).toEqual(pass);
    expect(pass).toMatchObject({
      project: { id: 'porch', name: 'Porch' },
      hosts: ['pi.local'],
      webPort: 8884,
      user: 'dashboard',
    });
    expect(pass.password).toBe(await openSecretText(env, project.id, project.broker.dashboardPasswordRecord));
    expect(fromBase64(pass.webAuthority ?? '')).toEqual(project.authorities.web.certificate.der);
  });

  it('holds no key of an authority, a broker or a device, and no Wi-Fi password', async () => {
    const content = JSON.stringify(pass);
    expect(content).not.toContain('wlan-canary-7431');
    const keys = [
      ...Object.values(project.authorities),
      project.broker.deviceListener,
      project.broker.webListener,
      ...project.devices.map(({ credential }) => credential),
    ];
    for (const { keyRecord } of keys) {
      const key = await openSecret(env, project.id, keyRecord ?? 'on the chip');
      expect(content.includes(toBase64(key)) || content.includes(toHex(key))).toBe(false);
    }
  });

  it('gives no device commands that was not chosen', async () => {
    const without = await makeLivePass(env, project, { commanded: [], withWebAuthority: false });
    const opened = await openLivePass(without.text, without.code, crypto);
    expect(opened.devices).toEqual([{ id: 'porch-1', everyS: 10, key: null }]);
    expect(opened.webAuthority).toBeNull();
    await expect(passKeys(opened)('porch-1', () => Promise.resolve())).rejects.toMatchObject({
      code: 'live.device-not-seen',
    });
  });

  it('shows readings and gives a signed command on another computer', async () => {
    const live = await openLiveSource(env, passSource(pass));
    const device = new DeviceStandIn(bench, 'c'.repeat(16));
    await device.goOnline();
    await device.listen(() => ({ ok: 1, d: {} }));
    await device.tele(0, { temperature: 21.5 });
    await until(live, () => live.devices.get('porch-1')?.readings['temperature']?.value === 21.5);
    const end = await sendCommand(
      { clock: env.clock, live, withCommandKey: passKeys(pass) },
      pass.project,
      'porch-1',
      {
        name: 'read',
        arguments: {},
      },
    );
    expect(end.kind).toBe('done');
    await device.end();
    await live.close();
  });
});

describe('a pass that is not as it was made', () => {
  const envelope = JSON.parse(made.text) as Record<string, unknown>;
  const changed = (change: object): string => JSON.stringify({ ...envelope, ...change });
  const flipped = (name: string): string => {
    const bytes = fromBase64(envelope[name] as string);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    return toBase64(bytes);
  };

  it.each(['salt', 'nonce', 'sealed'])('is refused when one bit of %s was changed', async (name) => {
    await expect(openLivePass(changed({ [name]: flipped(name) }), made.code, crypto)).rejects.toMatchObject({
      code: 'pass.wrong-code',
    });
  });

  it('is refused with another code, and with another number of rounds', async () => {
    await expect(openLivePass(made.text, newPassCode(crypto), crypto)).rejects.toMatchObject({
      code: 'pass.wrong-code',
    });
    await expect(openLivePass(changed({ iterations: 1_000_001 }), made.code, crypto)).rejects.toMatchObject({
      code: 'pass.wrong-code',
    });
  });

  it.each([
    ['', 'pass.not-a-pass'],
    ['no JSON', 'pass.not-a-pass'],
    ['[]', 'pass.not-a-pass'],
    [changed({ format: 'another' }), 'pass.not-a-pass'],
    [changed({ v: 2 }), 'pass.newer'],
    [changed({ iterations: 1 }), 'pass.not-a-pass'],
    [changed({ iterations: 1e12 }), 'pass.not-a-pass'],
    [changed({ salt: '*' }), 'pass.not-a-pass'],
    [changed({ sealed: 7 }), 'pass.not-a-pass'],
    [made.text.slice(0, -40), 'pass.not-a-pass'],
    ['x'.repeat(2_000_000), 'pass.not-a-pass'],
  ])('%#: is refused before any work is done', async (text, code) => {
    await expect(openLivePass(text, made.code, crypto)).rejects.toMatchObject({ code });
  });
});
