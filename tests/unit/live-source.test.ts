// Any broker that a person types in: what its address may be, what is refused, and with which words.
import { describe, expect, it } from 'vitest';
import { checkedBrokerForm, emptyBrokerForm, typedSource } from '../../src/workflows/live-source.ts';
import { keepBroker, forgetBroker, keptBrokers } from '../../src/workflows/live-brokers.ts';
import { keptSource } from '../../src/workflows/live-source.ts';
import { allowUnsigned, sendUnsigned } from '../../src/workflows/send-unsigned.ts';
import { openLiveSource, type LiveSession } from '../../src/workflows/open-live.ts';
import { DeviceStandIn, newBench, until } from './live-kit.ts';

const form = (change: object) => ({ ...emptyBrokerForm, host: 'broker.example', ...change });

describe('the address of a broker that is typed in', () => {
  it.each([
    [{ host: 'broker.example' }, 'wss://broker.example:8884/mqtt'],
    [{ host: ' 192.168.7.20 ', port: '9001', path: 'ws' }, 'wss://192.168.7.20:9001/ws'],
    [{ host: 'fd00::7', path: '/' }, 'wss://[fd00::7]:8884/'],
    [{ host: 'wss://broker.example:8084/mqtt' }, 'wss://broker.example:8084/mqtt'],
    [{ host: 'https://broker.example', path: '/mqtt' }, 'wss://broker.example/mqtt'],
  ])('%j is %s', (change, url) => expect(checkedBrokerForm(form(change)).url).toBe(url));

  it.each([
    [{ host: 'ws://pi.local:9001' }, 'live.plain-websocket', /not encrypted/],
    [{ host: 'mqtt://pi.local' }, 'live.not-websocket', /secure WebSockets/],
    [{ host: 'mqtts://pi.local:8883' }, 'live.not-websocket', /secure WebSockets/],
    [{ host: '' }, 'live.broker-address', /not an address/],
    [{ host: 'two words' }, 'live.broker-address', /not an address/],
    [{ host: 'wss://user:secret@pi.local' }, 'live.broker-address', /not an address/],
    [{ port: 'http' }, 'live.broker-address', /not an address/],
    [{ port: '99999' }, 'live.broker-address', /not an address/],
  ])('%j is refused as %s', (change, code, words) => {
    expect(() => checkedBrokerForm(form(change))).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(words) as string }),
    );
  });

  it('topics are several, and # alone takes the place of all', () => {
    const topics = (text: string): string[] => checkedBrokerForm(form({ topics: text })).topics;
    expect(topics('a/+/b, c/#  a/+/b')).toEqual(['a/+/b', 'c/#']);
    expect(topics('a #')).toEqual(['#']);
    expect(topics('')).toEqual(['#']);
    for (const wrong of ['a/#/b', 'a+/b', 'b#']) expect(() => topics(wrong)).toThrow(/cannot be subscribed/);
  });

  it('tabs with another password still share by address and user, and the password is no part of the name', () => {
    const source = typedSource(form({ username: 'me', password: 'canary-3141' }), null);
    expect(source.shareAs).not.toContain('canary-3141');
  });
});

describe('a broker that is kept with the project', () => {
  it('has its password sealed, gives it back, and takes it along when it is forgotten', async () => {
    const { env, project } = await newBench();
    const broker = await keepBroker(env, project, form({ username: 'me', password: 'canary-3141' }));
    const stored = (await env.store.load(project.id)).value;
    expect(keptBrokers(stored)).toEqual([broker]);
    expect(JSON.stringify(stored)).not.toContain('canary-3141');
    expect(await keptSource(env, stored, broker)).toMatchObject({
      username: 'me',
      password: 'canary-3141',
      topics: ['#'],
    });
    await forgetBroker(env, stored, broker.id);
    expect(keptBrokers((await env.store.load(project.id)).value)).toEqual([]);
    await expect(env.store.record(project.id, broker.passwordRecord)).rejects.toMatchObject({
      code: 'storage.not-found',
    });
  });
});

describe('a command without a signature', () => {
  const open = async (): Promise<{ bench: Awaited<ReturnType<typeof newBench>>; live: LiveSession }> => {
    const bench = await newBench();
    const password = 'wrong';
    const source = { ...typedSource(form({}), bench.project), username: '', password };
    return { bench, live: await openLiveSource(bench.env, source) };
  };

  it('is not sent before the project allows it', async () => {
    const { bench, live } = await open();
    const env = { clock: bench.env.clock, live, project: bench.project };
    await expect(sendUnsigned(env, { name: 'display', text: 'x' })).rejects.toMatchObject({
      code: 'live.unsigned-not-allowed',
    });
    await live.close();
  });

  it('is told as refused when the broker’s access list does not let the page write there', async () => {
    const bench = await newBench();
    await allowUnsigned(bench.env, bench.project.id, true);
    const project = (await bench.env.store.load(bench.project.id)).value;
    const { openLive } = await import('../../src/workflows/open-live.ts');
    const live = await openLive(bench.env, project);
    await until(live, () => live.state.kind === 'connected');
    const states: string[] = [];
    const env = { clock: bench.env.clock, live, project };
    const end = await sendUnsigned(env, { name: 'led', r: 1, g: 2, b: 3 }, (state) =>
      states.push(state.kind),
    );
    expect(end).toMatchObject({ kind: 'refused', by: 'broker', code: 135 });
    expect(states).toEqual(['sent', 'refused']);
    await live.close();
  });
});

describe('a session with another project’s broker', () => {
  it('shows the devices of both, each by its own name', async () => {
    const bench = await newBench();
    const { projectSource } = await import('../../src/workflows/live-source.ts');
    const own = await projectSource(bench.env, bench.project);
    const device = new DeviceStandIn(bench, 'a'.repeat(16));
    const live = await openLiveSource(bench.env, { ...own, projectId: 'another', topics: ['#'] });
    await device.goOnline();
    await device.tele(0, { temperature: 21.5 });
    await until(live, () => live.devices.get('~porch/porch-1')?.readings['temperature'] !== undefined);
    expect(live.nameOf('~porch/porch-1')).toBe('porch/porch-1');
    expect(live.topics.entry('signet/porch/porch-1/tele')?.count).toBe(1);
    await device.end();
    await live.close();
  });
});
