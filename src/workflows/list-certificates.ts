/** A project's certificates in the order people ask for them, and their PEM texts. */
import type { CertificateRecord, Project } from '../project/entities.ts';
import { toPem } from '../pki/pem.ts';

export interface ListedCertificate {
  /** File name without ending, for example "web-authority" or "device-porch-1". */
  readonly fileName: string;
  readonly title: string;
  /** What it is for, one line. */
  readonly purpose: string;
  readonly group: 'authority' | 'broker' | 'device';
  readonly certificate: CertificateRecord;
}

export const listCertificates = (project: Project): ListedCertificate[] => [
  ...authorities(project),
  ...brokerCertificates(project),
  ...project.devices.map((device): ListedCertificate => ({
    group: 'device',
    fileName: `device-${device.id}`,
    title: device.id,
    purpose: 'The device shows it to the broker.',
    certificate: device.credential.certificate,
  })),
];

const authorityPurposes = {
  server: 'Signs the broker for devices. Every device trusts it.',
  client: 'Signs devices. The broker trusts it.',
  web: 'Signs the broker for browsers. You trust it, once, on this computer.',
} as const;

const authorities = (project: Project): ListedCertificate[] =>
  (['server', 'client', 'web'] as const).map((role) => ({
    group: 'authority',
    fileName: `${role}-authority`,
    title: `${role[0]?.toUpperCase() ?? ''}${role.slice(1)} authority`,
    purpose: authorityPurposes[role],
    certificate: project.authorities[role].certificate,
  }));

const brokerCertificates = ({ broker }: Project): ListedCertificate[] => [
  {
    group: 'broker',
    fileName: 'broker-devices',
    title: `Broker, port ${broker.devicePort}`,
    purpose: 'Shown to devices.',
    certificate: broker.deviceListener.certificate,
  },
  {
    group: 'broker',
    fileName: 'broker-web',
    title: `Broker, port ${broker.webPort}`,
    purpose: 'Shown to browsers (WSS).',
    certificate: broker.webListener.certificate,
  },
];

export const certificatePem = (certificate: CertificateRecord): string =>
  toPem('CERTIFICATE', certificate.der);
