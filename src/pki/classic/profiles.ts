/**
 * What the tutorials' OpenSSL commands make (S1 to S5): files, subjects, serials, days, extensions. A table of plans;
 * makes nothing and knows no command line.
 */
import type { NameAttribute } from '../distinguished-name.ts';

export type ClassicProfile = 's1' | 's2' | 's3' | 's4' | 's5';

/** What a person fills in. Empty fields are left out of subjects. */
export interface ClassicValues {
  readonly country: string;
  readonly state: string;
  readonly town: string;
  readonly organization: string;
  readonly email: string;
  /** The broker's name in its certificate. */
  readonly brokerName: string;
  /** Further names and addresses of the broker, canonical; only S1 and S5 have them. */
  readonly dnsNames: readonly string[];
  readonly addresses: readonly string[];
  /** Common names of the clients. */
  readonly clients: readonly string[];
  /** S1 and S5 give every device serial 131, which a revocation list cannot tell apart. */
  readonly uniqueSerials: boolean;
}

/**
 * `workshop-root`: CA:TRUE, not critical, and key id. `v3-ca`: OpenSSL's stock section. `alt-names`: names, then both
 * key ids. `none`: an X.509 v1 certificate.
 */
export type ClassicExtensions = 'workshop-root' | 'v3-ca' | 'alt-names' | 'none';

export interface ClassicCertificate {
  readonly role: 'authority' | 'server' | 'client';
  readonly subject: readonly NameAttribute[];
  readonly days: number;
  /** Null: OpenSSL takes 20 random bytes. */
  readonly serial: number | null;
  readonly extensions: ClassicExtensions;
  readonly files: ClassicFiles;
  /** The key is under the pass phrase. */
  readonly isEncrypted: boolean;
}

export interface ClassicFiles {
  readonly key: string;
  /** The key without its pass phrase, where one is made. */
  readonly openKey?: string;
  /** The key as DER, for a file system. */
  readonly keyDer?: string;
  /** None for an authority, which signs itself. */
  readonly request?: string;
  readonly certificate: string;
  readonly der?: string;
  /** `xxd -i` of the DER. */
  readonly header?: string;
}

export const classicNames: Readonly<Record<ClassicProfile, string>> = {
  s1: 'Watson-style workshop',
  s2: 'Mosquitto and ESP8266 tutorial',
  s3: 'Mutual TLS proof of concept',
  s4: 'Garage door opener',
  s5: 'Workshop on Mosquitto',
};

/** The authority first, then the broker, then the clients. */
export function classicPlan(profile: ClassicProfile, values: ClassicValues): ClassicCertificate[] {
  if (profile === 's1' || profile === 's5') return workshopPlan(values);
  if (profile === 's2') return mosquittoPlan(values);
  return profile === 's3' ? mutualPlan(values) : garagePlan(values);
}

const place = ({ country, state, town }: ClassicValues): NameAttribute[] =>
  given(['C', country], ['ST', state], ['L', town]);

const given = (...attributes: readonly NameAttribute[]): NameAttribute[] =>
  attributes.filter(([, value]) => value !== '');

function workshopPlan(values: ClassicValues): ClassicCertificate[] {
  const { organization: org } = values;
  const subject = (unit: string, name: string): NameAttribute[] => [
    ...place(values),
    ...given(['O', org], ['OU', unit], ['CN', name]),
  ];
  const clients = values.clients.map((name, n): ClassicCertificate => {
    const base = `SecuredDev${String(n + 1).padStart(2, '0')}`;
    return {
      role: 'client',
      subject: subject(`${org} Corporate`, name),
      days: 3650,
      serial: values.uniqueSerials ? 131 + n : 131,
      extensions: 'none',
      isEncrypted: true,
      files: { ...workshopFiles(`${base}_key`, `${base}_crt`), request: `${base}_crt.csr` },
    };
  });
  return [
    {
      role: 'authority',
      subject: subject(`${org} Corporate`, `${org} Root CA`),
      days: 3560,
      serial: 1,
      extensions: 'workshop-root',
      isEncrypted: true,
      files: { ...workshopFiles('', 'rootCA_certificate'), key: 'rootCA_key.pem' },
    },
    {
      role: 'server',
      subject: subject(org, values.brokerName),
      days: 3560,
      serial: 11,
      extensions: 'alt-names',
      isEncrypted: true,
      files: { ...workshopFiles('mqttServer_key', 'mqttServer_crt'), request: 'mqttServer_crt.csr' },
    },
    ...clients,
  ];
}

const workshopFiles = (key: string, certificate: string): ClassicFiles => ({
  key: `${key}.pem`,
  ...(key === '' ? {} : { openKey: `${key}_nopass.pem` }),
  certificate: `${certificate}.pem`,
  der: `${certificate}.der`,
  header: `${certificate}.der.h`,
});

const plain = (
  role: ClassicCertificate['role'],
  certificate: Pick<ClassicCertificate, 'subject' | 'days' | 'files'> & { readonly isEncrypted?: boolean },
): ClassicCertificate => ({
  role,
  serial: null,
  extensions: role === 'authority' ? 'v3-ca' : 'none',
  isEncrypted: false,
  ...certificate,
});

function mosquittoPlan(values: ClassicValues): ClassicCertificate[] {
  const subject = (unit: string, name: string): NameAttribute[] => [
    ...place(values),
    ...given(['O', values.organization], ['OU', unit], ['CN', name]),
  ];
  return [
    plain('authority', {
      subject: subject('CA', `${values.organization} CA`),
      days: 3650,
      isEncrypted: true,
      files: { key: 'ca.key', certificate: 'ca.crt' },
    }),
    plain('server', {
      subject: subject('broker', values.brokerName),
      days: 3650,
      files: { key: 'server.key', request: 'server.csr', certificate: 'server.crt' },
    }),
  ];
}

function mutualPlan(values: ClassicValues): ClassicCertificate[] {
  const of = (role: ClassicCertificate['role'], what: string, file: string): ClassicCertificate =>
    plain(role, {
      subject: [
        ...place(values),
        ...given(['O', what], ['OU', what], ['CN', values.brokerName], ['E', values.email]),
      ],
      days: 365,
      isEncrypted: role === 'authority',
      files: {
        key: `mosq_${file}.key`,
        ...(role === 'authority' ? {} : { request: `mosq_${file}.csr` }),
        certificate: `mosq_${file}.crt`,
      },
    });
  return [of('authority', 'ca', 'ca'), of('server', 'server', 'serv'), of('client', 'client', 'client')];
}

function garagePlan(values: ClassicValues): ClassicCertificate[] {
  const of = (role: ClassicCertificate['role'], base: string, name: string): ClassicCertificate =>
    plain(role, {
      subject: [...place(values), ...given(['O', values.organization], ['CN', name])],
      days: 365,
      files: {
        key: `${base}.key.pem`,
        ...(role === 'authority' ? {} : { request: `${base}.csr.pem` }),
        certificate: `${base}.crt.pem`,
        ...(role === 'client' ? { der: `${base}.crt.der`, keyDer: `${base}.key.der` } : {}),
      },
    });
  return [
    of('authority', 'ca', `${values.organization} CA`),
    of('server', fileBase(values.brokerName, 'broker'), values.brokerName),
    ...values.clients.map((name, n) => of('client', fileBase(name, `client-${n + 1}`), name)),
  ];
}

/** A name may hold what no file name can on some system, or lead out of the folder. */
const fileBase = (name: string, otherwise: string): string =>
  name.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[.-]+|[.-]+$/g, '') || otherwise;
