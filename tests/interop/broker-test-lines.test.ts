/** The lines that people are given to paste come out as the text beside them says, against a real Mosquitto. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testGroups, type TestGroup } from '../../src/broker/test-lines.ts';
import type { DeviceLogin } from '../../src/project/access.ts';
import type { Bytes } from '../../src/shared/bytes.ts';
import { addPasswordUser } from '../../src/workflows/password-users.ts';
import { openBrokerInput } from '../../src/workflows/broker-bundle.ts';
import { saveTestIdentity } from '../../src/workflows/test-identity.ts';
import { removeFolder, startBroker, temporaryFolder, type RunningBroker } from './broker-bench.ts';
import { BrokerProject } from './broker-project.ts';
import { writeFileSync } from 'node:fs';

/** mosquitto_sub learnt WebSocket with 2.1; before, it does not know the option. */
const clientsKnowWebSocket = /--ws/.test(spawnSync('mosquitto_sub', ['--help'], { encoding: 'utf8' }).stdout);

describe.each(['certificate', 'password', 'both'] as const)(
  'where the device port asks for: %s',
  (login: DeviceLogin) => {
    let folder: string;
    let bundle: string;
    let world: BrokerProject;
    let broker: RunningBroker;
    let groups: TestGroup[];

    beforeAll(async () => {
      folder = temporaryFolder();
      world = new BrokerProject(folder);
      await world.create(['porch-1']);
      await world.certificate('nodered', '', 'command');
      await addPasswordUser(world.env, 'porch', { kind: 'custom', name: 'tablet', password: '' });
      await world.access((table) => ({ ...table, deviceLogin: login }));
      bundle = await world.bundle();
      groups = testGroups(openBrokerInput(await world.project()));
      broker = await startBroker(path.join(bundle, 'start.sh'), []);
    });
    afterAll(async () => {
      await broker.stop();
      removeFolder(folder);
    });

    async function saveIdentity(name: string): Promise<void> {
      const zip = path.join(folder, 'identity.zip');
      const save = (_: string, bytes: Bytes): void => writeFileSync(zip, bytes);
      await saveTestIdentity({ ...world.env, downloads: { save } }, await world.project(), name);
      execFileSync('unzip', ['-q', '-o', zip, '-d', bundle]);
    }

    it('there are lines for both ports, the device and everybody else who may log in', () => {
      expect(groups.map(({ name }) => name)).toEqual(
        login === 'certificate'
          ? ['listeners', 'porch-1', 'nodered', 'dashboard', 'tablet']
          : ['listeners', 'porch-1', 'dashboard', 'tablet'],
      );
    });

    it.each(['listeners', 'porch-1', 'nodered', 'tablet', 'dashboard'])('%s', async (name) => {
      const group = groups.find((each) => each.name === name);
      if (!group) {
        expect(login).not.toBe('certificate');
        return;
      }
      if (group.needs.length > 0) await saveIdentity(name);
      const password =
        name === 'porch-1'
          ? await world.devicePassword(name)
          : name === 'listeners'
            ? ''
            : await world.password(name).catch(() => '');
      for (const { command, expected } of group.lines) {
        if (command.includes('--ws') && !clientsKnowWebSocket) continue;
        const run = spawnSync('sh', ['-c', command.replace('PASSWORD', password)], {
          cwd: bundle,
          encoding: 'utf8',
        });
        const shown = run.stdout + run.stderr;
        expect(
          expected.some((text) => shown.includes(text)),
          `${command}\n${shown}`,
        ).toBe(true);
      }
    });

    it('README.txt has those of both ports and of a device', () => {
      mkdirSync(bundle, { recursive: true });
      const readme = readFileSync(path.join(bundle, 'README.txt'), 'utf8');
      for (const { command } of groups.slice(0, 2).flatMap(({ lines }) => lines))
        expect(readme).toContain(`    ${command}\n`);
    });
  },
);
