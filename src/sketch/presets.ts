/** What each tutorial's sketch expects, with its own file names and formats; and what a person chooses freely. */
import type { Bytes } from '../shared/bytes.ts';
import { authorityArrayHeader, brokerTrustHeader, secureCredentialsHeader } from './headers.ts';
import type {
  FileFormat,
  MaterialName,
  SketchEntry,
  SketchFile,
  SketchHeader,
  SketchMaterial,
} from './material.ts';

export type PresetId = 's1' | 's2' | 's3' | 's4' | 's5';

/** One of the device's objects under a name and in a format. */
export interface ChosenFile {
  readonly path: string;
  readonly what: MaterialName;
  readonly format: FileFormat;
}

export interface SketchPreset {
  readonly id: PresetId;
  readonly title: string;
  /** What the sketch does with it, in one sentence. */
  readonly about: string;
  readonly files: readonly ChosenFile[];
  readonly headers: readonly ((material: SketchMaterial) => SketchHeader)[];
}

const authorityFile: ChosenFile = { path: '/rootCA_certificate.pem', what: 'authority', format: 'pem' };

export const sketchPresets: readonly SketchPreset[] = [
  {
    id: 's1',
    title: 'Sensor workshop, IBM Watson IoT',
    about: 'Checks the broker against the authority; logs in with user name and token.',
    files: [authorityFile],
    headers: [authorityArrayHeader],
  },
  {
    id: 's2',
    title: 'Relay and LED, headers only',
    about: "Checks the broker against the authority, or against its certificate's fingerprint.",
    files: [],
    headers: [brokerTrustHeader],
  },
  {
    id: 's3',
    title: 'Irrigation, secure_credentials.h',
    about: "Holds Wi-Fi, authority, certificate and key in the program; it is this one device's program.",
    files: [],
    headers: [secureCredentialsHeader],
  },
  {
    id: 's4',
    title: 'Garage door, client certificate',
    about: "Logs in with its certificate; checks the broker by its certificate's fingerprint.",
    files: [
      { path: '/client.crt.der', what: 'certificate', format: 'der' },
      { path: '/client.key.der', what: 'key', format: 'der' },
    ],
    headers: [],
  },
  {
    id: 's5',
    title: 'Sensor workshop, Mosquitto',
    about: 'Checks the broker against the authority and logs in with its certificate.',
    files: [
      authorityFile,
      { path: '/SecuredDev01_crt.pem', what: 'certificate', format: 'pem' },
      { path: '/SecuredDev01_key_nopass.pem', what: 'key', format: 'pem' },
    ],
    headers: [authorityArrayHeader],
  },
];

const presetNamed = (id: PresetId): SketchPreset | undefined =>
  sketchPresets.find((preset) => preset.id === id);

/** What a person dropped in: a file, or an empty folder. */
export type ExtraEntry =
  { readonly path: string; readonly content: Bytes } | { readonly path: string; readonly content: null };

export type SketchChoice =
  | { readonly kind: 'preset'; readonly preset: PresetId; readonly extras?: readonly ExtraEntry[] }
  | {
      readonly kind: 'free';
      readonly files: readonly ChosenFile[];
      readonly extras?: readonly ExtraEntry[];
    };

/** The file system's entries, the device's first, in the order of the choice. Not yet checked. */
export function entriesOf(choice: SketchChoice, material: SketchMaterial): SketchEntry[] {
  const chosen = choice.kind === 'free' ? choice.files : (presetNamed(choice.preset)?.files ?? []);
  const files = chosen.map(({ path, what, format }): SketchFile => ({
    path,
    content: material[what][format],
    isSecret: what === 'key',
  }));
  const extras = (choice.extras ?? []).map(({ path, content }): SketchEntry =>
    content === null ? { path, content } : { path, content, isSecret: false },
  );
  return [...files, ...extras];
}

/** The headers that lie beside the sketch; none for a free choice. */
export const headersOf = (choice: SketchChoice, material: SketchMaterial): SketchHeader[] =>
  choice.kind === 'free'
    ? []
    : (presetNamed(choice.preset)?.headers ?? []).map((makeHeader) => makeHeader(material));
