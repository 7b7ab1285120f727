/** The OpenSSL commands of a classic plan, line by line, for a POSIX shell and for Windows. Runs nothing. */
import { altNameText } from '../alt-names.ts';
import type { NameAttribute } from '../distinguished-name.ts';
import { classicAltNames } from './certificates.ts';
import type { ClassicCertificate, ClassicProfile, ClassicValues } from './profiles.ts';

export type Shell = 'sh' | 'bat';

export interface CommandStep {
  /** What the lines make, for people. */
  readonly title: string;
  readonly lines: readonly string[];
}

/** @param passphrase as it stands in a command of this shell, quoted where it must be: `"$PASSWORD"`, `%PASSWORD%`. */
export interface CommandOptions {
  readonly shell: Shell;
  readonly openssl: string;
  readonly passphrase: string;
}

/** The steps in the order of the plan. */
export function classicCommands(plan: readonly ClassicCertificate[], options: CommandOptions): CommandStep[] {
  const [authority] = plan;
  if (!authority) return [];
  return plan.map((certificate) => ({
    title: titles[certificate.role],
    lines: [
      ...(certificate.role === 'authority'
        ? authorityLines(certificate, options)
        : leafLines(certificate, authority, options)),
      ...formLines(certificate, options),
    ],
  }));
}

const titles: Readonly<Record<ClassicCertificate['role'], string>> = {
  authority: 'The authority',
  server: 'The broker',
  client: 'A client',
};

function authorityLines(certificate: ClassicCertificate, options: CommandOptions): string[] {
  const { files, days } = certificate;
  const config =
    certificate.extensions === 'workshop-root'
      ? ['-extensions v3_ca', '-config ext.cfg']
      : ['-extensions v3_ca'];
  return [
    keyLine(certificate, options),
    join(
      options,
      'req -new -x509 -sha256',
      `-days ${days}`,
      ...subjectWords(certificate, options),
      ...config,
      [
        serialWords(certificate),
        passWords(certificate, '-passin', options),
        `-key ${quoted(files.key, options)}`,
        `-out ${quoted(files.certificate, options)}`,
      ].join(' '),
    ),
  ];
}

function leafLines(
  certificate: ClassicCertificate,
  authority: ClassicCertificate,
  options: CommandOptions,
): string[] {
  const { files, days } = certificate;
  const request = quoted(files.request ?? '', options);
  const serial = serialWords(certificate) || '-CAcreateserial';
  const extensions =
    certificate.extensions === 'alt-names' ? '-extensions v3_req -extfile srvext_custom.cfg' : '';
  return [
    keyLine(certificate, options),
    join(
      options,
      'req -new -sha256',
      ...subjectWords(certificate, options),
      passWords(certificate, '-passin', options),
      `-key ${quoted(files.key, options)}`,
      `-out ${request}`,
    ),
    join(
      options,
      'x509 -req -sha256',
      `-days ${days}`,
      `-in ${request}`,
      `-CA ${quoted(authority.files.certificate, options)}`,
      `-CAkey ${quoted(authority.files.key, options)}`,
      passWords(authority, '-passin', options),
      serial,
      extensions,
      `-out ${quoted(files.certificate, options)}`,
    ),
  ];
}

/** The other forms that the tutorials make of key and certificate. Windows has no xxd: the page makes those. */
function formLines({ files, isEncrypted }: ClassicCertificate, options: CommandOptions): string[] {
  const pass = isEncrypted ? `-passin pass:${options.passphrase}` : '';
  const [key, keyDer] = [quoted(files.key, options), quoted(files.keyDer ?? '', options)];
  return [
    ...(files.keyDer ? [join(options, 'pkey -outform der', `-in ${key}`, pass, `-out ${keyDer}`)] : []),
    ...(files.openKey
      ? [
          join(
            options,
            'rsa',
            `-in ${quoted(files.key, options)}`,
            pass,
            `-out ${quoted(files.openKey, options)}`,
          ),
        ]
      : []),
    ...(files.der
      ? [
          join(
            options,
            'x509 -outform der',
            `-in ${quoted(files.certificate, options)}`,
            `-out ${quoted(files.der, options)}`,
          ),
        ]
      : []),
    ...(files.der && files.header && options.shell === 'sh'
      ? [`xxd -i ${quoted(files.der, options)} ${quoted(files.header, options)}`]
      : []),
  ];
}

const keyLine = (certificate: ClassicCertificate, options: CommandOptions): string =>
  join(
    options,
    'genrsa',
    certificate.isEncrypted ? `-aes256 -passout pass:${options.passphrase}` : '',
    `-out ${quoted(certificate.files.key, options)}`,
    '2048',
  );

const passWords = (
  { isEncrypted }: ClassicCertificate,
  word: string,
  { passphrase }: CommandOptions,
): string => (isEncrypted ? `${word} pass:${passphrase}` : '');

const serialWords = ({ serial }: ClassicCertificate): string =>
  serial === null ? '' : `-set_serial ${serial}`;

/** Without -utf8, OpenSSL takes every byte for a Latin-1 letter. */
function subjectWords({ subject }: ClassicCertificate, options: CommandOptions): string[] {
  const text = subject.map(([type, value]) => `/${longNames[type] ?? type}=${escaped(value)}`).join('');
  return [...(/[^\x20-\x7e]/.test(text) ? ['-utf8'] : []), `-subj ${quoted(text, options)}`];
}

const longNames: Partial<Readonly<Record<NameAttribute[0], string>>> = { E: 'emailAddress' };

const escaped = (value: string): string => value.replace(/[\\/+]/g, (sign) => `\\${sign}`);

const join = ({ openssl }: CommandOptions, ...words: readonly string[]): string =>
  [openssl, ...words]
    .filter((word) => word !== '')
    .join(' ')
    .replace(/ {2,}/g, ' ');

/** As one word of the shell, whatever stands in it. */
export function quoted(text: string, { shell }: Pick<CommandOptions, 'shell'>): string {
  if (/^[A-Za-z0-9_./:=-]+$/.test(text)) return text;
  if (shell === 'sh') return `'${text.replaceAll("'", `'\\''`)}'`;
  return `"${text.replaceAll('%', '%%').replaceAll('"', '\\"')}"`;
}

/** The files that the commands read. Empty for the profiles that need none. */
export function classicConfigFiles(
  profile: ClassicProfile,
  values: ClassicValues,
): { readonly name: string; readonly text: string }[] {
  if (profile !== 's1' && profile !== 's5') return [];
  const names = (of: ClassicValues): string =>
    classicAltNames(of, values.brokerName).map(altNameText).join(', ');
  const stock = { ...values, dnsNames: ['localhost'], addresses: [] };
  return [
    {
      name: 'ext.cfg',
      text: '[ req ]\ndistinguished_name = req_name\nprompt = no\n\n[ req_name ]\n\n[ v3_ca ]\nbasicConstraints = CA:true\n',
    },
    { name: 'srvext.cfg', text: `[ v3_req ]\nsubjectAltName = ${names(stock)}\n` },
    { name: 'srvext_custom.cfg', text: `[ v3_req ]\nsubjectAltName = ${names(values)}\n` },
  ];
}
