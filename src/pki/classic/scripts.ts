/** makeCertificates.sh and .bat: a classic plan's commands as files that run with the person's own values. */
import { classicCommands, classicConfigFiles, quoted, type Shell } from './commands.ts';
import { classicNames, classicPlan, type ClassicProfile, type ClassicValues } from './profiles.ts';

export interface ScriptFile {
  readonly name: string;
  readonly text: string;
  readonly isProgram: boolean;
}

/** Scripts and the configuration files that they read. The pass phrase stands in them in clear, as in the tutorials. */
export const classicScripts = (
  profile: ClassicProfile,
  values: ClassicValues,
  passphrase: string,
): ScriptFile[] => [
  {
    name: 'makeCertificates.sh',
    text: shellScript(profile, values, passphrase),
    isProgram: true,
  },
  { name: 'makeCertificates.bat', text: batchScript(profile, values, passphrase), isProgram: false },
  ...classicConfigFiles(profile, values).map((file) => ({ ...file, isProgram: false })),
];

function shellScript(profile: ClassicProfile, values: ClassicValues, passphrase: string): string {
  const options = { shell: 'sh' as Shell, openssl: '"$OPENSSL_BIN"', passphrase: '"$PASSWORD"' };
  const steps = classicCommands(classicPlan(profile, values), options);
  return [
    '#!/bin/sh',
    `# Keys and certificates: ${classicNames[profile]}. Needs OpenSSL 3 and, for .h files, xxd.`,
    '# Holds the pass phrase of the keys: give it to nobody.',
    'set -eu',
    'CDPATH=\'\' cd -- "$(dirname -- "$0")"',
    `OPENSSL_BIN=\${OPENSSL_BIN:-openssl}`,
    `PASSWORD=${quoted(passphrase, options)}`,
    ...steps.flatMap(({ title, lines }) => ['', `# ${title}`, ...lines]),
    '',
  ].join('\n');
}

function batchScript(profile: ClassicProfile, values: ClassicValues, passphrase: string): string {
  const options = { shell: 'bat' as Shell, openssl: '"%OPENSSL_BIN%"', passphrase: '"%PASSWORD%"' };
  const steps = classicCommands(classicPlan(profile, values), options);
  return [
    '@echo off',
    `rem Keys and certificates: ${classicNames[profile]}. Needs OpenSSL 3.`,
    'rem Holds the pass phrase of the keys: give it to nobody. Windows has no xxd: the page makes the .h files.',
    'setlocal',
    'chcp 65001 >nul',
    'cd /d "%~dp0"',
    'if not defined OPENSSL_BIN set "OPENSSL_BIN=openssl"',
    `set "PASSWORD=${passphrase.replaceAll('%', '%%')}"`,
    ...steps.flatMap(({ title, lines }) => [
      '',
      `rem ${title}`,
      ...lines.map((line) => `${line} || exit /b 1`),
    ]),
    'endlocal',
    '',
  ].join('\r\n');
}
