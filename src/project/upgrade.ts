/** Projects as earlier versions of the page stored them, made into today's. Changes nothing that is there. */
import { AppError } from '../shared/errors.ts';
import { rightsOf, usualAccess, type ClientAccess } from './access.ts';
import type { Broker, Device, OtherCertificate, Project } from './entities.ts';

export const projectSchema = 3;

/** @param stored a project of any schema. Throws storage.newer on one of a later page. */
export function upgradedProject(stored: Project | OlderProject): Project {
  // What is stored may be a later page's, whatever its type says.
  if (stored.schema > projectSchema) throw new AppError('storage.newer');
  if (stored.schema === projectSchema) return stored;
  return toSchema3(stored.schema === 1 ? { ...stored, ...addedBy2, schema: 2 } : stored);
}

export type OlderProject = Project1 | Project2;

/** What came with schema 2: one authority a role and nothing revoked, replaced or beside the devices before it. */
const addedBy2 = {
  previousAuthorities: [],
  otherCertificates: [],
  replacedCertificates: [],
  revocations: [],
  revocationLists: [],
} satisfies Partial<Project>;

/** Schema 1: what a project was before authorities could be replaced and certificates revoked. */
type Project1 = Omit<Project2, 'schema' | keyof typeof addedBy2> & { readonly schema: 1 };

/** Schema 3, one function for each part that came with it. */
const toSchema3 = (stored: Project2): Project => ({
  ...withRotations(withCommandKeys(withAccess(stored))),
  schema: projectSchema,
});

/** Rights on the broker were three words of a certificate, and the bundle was always the same. */
function withAccess({
  broker,
  otherCertificates,
  ...rest
}: Project2): Omit<Project, 'schema' | 'devices' | 'rotations'> & WithOlderDevices {
  return {
    ...rest,
    broker: { ...broker, ...addedToBroker },
    otherCertificates: otherCertificates.map(({ access, ...other }) => ({
      ...other,
      rights: rightsOf(access),
    })),
  };
}

/** Nothing was rotated over the broker before. */
const withRotations = (stored: Omit<Project, 'schema' | 'rotations'>): Omit<Project, 'schema'> => ({
  ...stored,
  rotations: [],
});

const addedToBroker = {
  access: usualAccess,
  hosted: null,
  system: 'debian',
  lastDownload: null,
} satisfies Partial<Broker>;

/** Nobody but the page had command keys. */
const withCommandKeys = <P extends WithOlderDevices>(project: P): P & Pick<Project, 'devices'> => ({
  ...project,
  devices: project.devices.map((device) => ({ ...device, ...addedToDevice })),
});

const addedToDevice = { commandKeys: [], writtenCommandKeys: [] } satisfies Partial<Device>;

interface WithOlderDevices {
  readonly devices: readonly Omit<Device, keyof typeof addedToDevice>[];
}

/** Schema 2: before what a client may do was a table, before rotations and command keys of others. */
export type Project2 = Omit<Project, 'schema' | 'broker' | 'otherCertificates' | 'devices' | 'rotations'> &
  WithOlderDevices & {
    readonly schema: 2;
    readonly broker: Omit<Broker, keyof typeof addedToBroker>;
    readonly otherCertificates: readonly (Omit<OtherCertificate, 'rights'> & {
      readonly access: ClientAccess;
    })[];
  };
