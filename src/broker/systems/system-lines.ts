/** What a person pastes on the broker's machine to start the bundle there, system by system. */
import type { BrokerSystem } from '../../project/entities.ts';
import { dockerRunLines } from './docker.ts';
import type { PortsInput } from './unix-systems.ts';

export interface SystemLines {
  readonly title: string;
  readonly text: string;
}

export interface SystemWords {
  readonly system: BrokerSystem;
  readonly name: string;
  /** Run against a real one by this project's tests; the others follow documentation. */
  readonly isRun: boolean;
}

export const systems: readonly SystemWords[] = [
  { system: 'debian', name: 'Debian, Ubuntu, Raspberry Pi OS', isRun: true },
  { system: 'docker', name: 'Docker', isRun: false },
  { system: 'openwrt', name: 'OpenWrt', isRun: false },
  { system: 'macos', name: 'macOS', isRun: false },
  { system: 'windows', name: 'Windows', isRun: false },
];

export interface StartInput extends PortsInput {
  readonly zipName: string;
  /** What the .zip is unpacked into. */
  readonly folder: string;
}

/** The first is the usual way. */
export function startLines(system: BrokerSystem, input: StartInput): readonly SystemLines[] {
  const { zipName, folder } = input;
  const unpack = `unzip -o ${zipName} -d ${folder}`;
  if (system === 'docker')
    return [
      { title: 'With compose', text: `${unpack}\ncd ${folder}\ndocker compose up -d --force-recreate` },
      ...dockerRunLines(input),
    ];
  if (system === 'windows')
    return [
      {
        title: 'PowerShell as administrator',
        text: `Expand-Archive -Force ${zipName} ${folder}\npowershell -ExecutionPolicy Bypass -File ${folder}\\install.ps1`,
      },
    ];
  const sudo = system === 'debian' ? 'sudo ' : '';
  const install = { title: 'As a service', text: `${unpack}\n${sudo}${folder}/install.sh` };
  const openwrtCopy = `scp -O ${zipName} root@router:/tmp/\nssh root@router\nopkg install unzip\ncd /tmp && ${unpack}\n${folder}/install.sh`;
  if (system === 'openwrt') return [{ title: 'As a service', text: openwrtCopy }];
  return [
    { ...install, text: system === 'debian' ? `sudo apt install unzip\n${install.text}` : install.text },
    { title: 'Only to try it, in this window', text: `${unpack}\n${sudo}${folder}/start.sh` },
  ];
}
