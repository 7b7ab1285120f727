/** What would be different if one state of a project took the place of another, in a person's terms. */
import { toHex } from '../../shared/bytes.ts';
import type { CertificateRecord, Device, Project } from '../../project/entities.ts';
import { withKeptRevocations } from './kept-revocations.ts';

export type Difference =
  /** Of devices: only in the one that goes, only in the one that comes, or in both with other contents. */
  | { readonly kind: 'device-goes' | 'device-comes'; readonly deviceId: string }
  | {
      readonly kind: 'device-changes';
      readonly deviceId: string;
      readonly what: readonly ('settings' | 'certificate' | 'state')[];
    }
  | { readonly kind: 'authority-changes'; readonly role: string }
  | {
      readonly kind: 'broker-changes';
      readonly what: readonly ('hosts' | 'ports' | 'certificates' | 'rights')[];
    }
  | { readonly kind: 'wifi-changes' }
  /** Certificates revoked here that the other state holds for good: they stay revoked. */
  | { readonly kind: 'revocations-stay'; readonly count: number };

export function differences(here: Project, coming: Project): Difference[] {
  return [
    ...authorityDifferences(here, coming),
    ...brokerDifferences(here, coming),
    ...(sameJson(ssids(here), ssids(coming)) ? [] : [{ kind: 'wifi-changes' } as const]),
    ...deviceDifferences(here, coming),
    ...revocationDifferences(here, coming),
  ];
}

function authorityDifferences(here: Project, coming: Project): Difference[] {
  const roles = Object.keys(here.authorities) as (keyof Project['authorities'])[];
  return roles
    .filter((role) => !sameCertificate(here.authorities[role], coming.authorities[role]))
    .map((role) => ({ kind: 'authority-changes', role }));
}

function brokerDifferences({ broker: here }: Project, { broker: coming }: Project): Difference[] {
  const isSame =
    sameCertificate(here.deviceListener, coming.deviceListener) &&
    sameCertificate(here.webListener, coming.webListener);
  const what = [
    ...(sameJson(here.hosts, coming.hosts) ? [] : (['hosts'] as const)),
    ...(here.devicePort === coming.devicePort && here.webPort === coming.webPort ? [] : (['ports'] as const)),
    ...(isSame ? [] : (['certificates'] as const)),
    ...(sameJson(here.access, coming.access) ? [] : (['rights'] as const)),
  ];
  return what.length === 0 ? [] : [{ kind: 'broker-changes', what }];
}

function deviceDifferences(here: Project, coming: Project): Difference[] {
  const after = new Map(coming.devices.map((device) => [device.id, device]));
  const before = new Set(here.devices.map(({ id }) => id));
  const kept = here.devices.flatMap((device): Difference[] => {
    const other = after.get(device.id);
    if (!other) return [{ kind: 'device-goes', deviceId: device.id }];
    const what = changesOf(device, other);
    return what.length === 0 ? [] : [{ kind: 'device-changes', deviceId: device.id, what }];
  });
  const fresh = coming.devices.filter(({ id }) => !before.has(id));
  return [...kept, ...fresh.map(({ id }): Difference => ({ kind: 'device-comes', deviceId: id }))];
}

function changesOf(here: Device, coming: Device): ('settings' | 'certificate' | 'state')[] {
  const isSameState =
    here.credentialState === coming.credentialState &&
    here.layout === coming.layout &&
    here.generation === coming.generation;
  return [
    ...(sameJson(here.settings, coming.settings) ? [] : (['settings'] as const)),
    ...(sameCertificate(here.credential, coming.credential) ? [] : (['certificate'] as const)),
    ...(isSameState ? [] : (['state'] as const)),
  ];
}

function revocationDifferences(here: Project, coming: Project): Difference[] {
  const { kept } = withKeptRevocations(here, coming);
  return kept === 0 ? [] : [{ kind: 'revocations-stay', count: kept }];
}

const ssids = ({ wifi }: Project): string[] => wifi.map(({ ssid }) => ssid);

const sameCertificate = (
  a: { readonly certificate: CertificateRecord },
  b: { readonly certificate: CertificateRecord },
): boolean => toHex(a.certificate.der) === toHex(b.certificate.der);

const sameJson = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
