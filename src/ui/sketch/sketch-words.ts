/** An own sketch's choices in words: presets, what each needs besides its files, figures. */
import type { FlashLayout } from '../../contract/flash-layouts.ts';
import type { FileFormat, MaterialName } from '../../sketch/material.ts';
import { sketchPresets } from '../../sketch/presets.ts';
import type { OwnProgram } from '../../workflows/sketch-program.ts';
import type { PresetChoice } from '../state/sketch.svelte.ts';

export const presetOptions: readonly { value: PresetChoice; text: string }[] = [
  ...sketchPresets.map(({ id, title }) => ({ value: id, text: `${id.toUpperCase()}: ${title}` })),
  { value: 'free', text: 'Free choice: names and formats of my own' },
];

export const aboutPreset = (preset: PresetChoice): string =>
  sketchPresets.find(({ id }) => id === preset)?.about ??
  'Each of the device’s three files under the name that your sketch opens, as PEM or DER.';

export const whatOptions: readonly { value: MaterialName; text: string }[] = [
  { value: 'authority', text: 'Authority of the broker' },
  { value: 'certificate', text: 'Certificate of the device' },
  { value: 'key', text: 'Private key of the device' },
];

export const formatOptions: readonly { value: FileFormat; text: string }[] = [
  { value: 'pem', text: 'PEM' },
  { value: 'der', text: 'DER' },
];

/** Where the sketch's own way in is not the one of this project's broker. */
export const loginNeeds: Partial<Record<PresetChoice, string>> = {
  s1: 'This sketch logs in with a user name and a token. The broker of this project lets devices in by their certificate only: take S5 or Free choice with certificate and key, and load them with the code below. To keep the password, add a listener of your own with password_file to mosquitto.conf.',
  s2: 'This sketch logs in with a user name and a password. The broker of this project lets devices in by their certificate only: take S3 or Free choice with certificate and key. To keep the password, add a listener of your own with password_file to mosquitto.conf.',
};

export const bytesText = (sizeBytes: number): string =>
  sizeBytes < 10_240
    ? `${sizeBytes.toLocaleString('en')} B`
    : `${Math.ceil(sizeBytes / 1024).toLocaleString('en')} KB`;

export const layoutText = ({ name, flashSizeBytes, fsSizeBytes }: FlashLayout): string =>
  `${name} (${flashSizeBytes < 1_048_576 ? `${flashSizeBytes / 1024} KB` : `${flashSizeBytes / 1_048_576} MB`} flash, files ${Math.round(fsSizeBytes / 1024)} KB)`;

/** What the .bin says of its layout. */
export function programText({ layout, firmware }: OwnProgram): string {
  const size = bytesText(firmware.bytes.length);
  if (firmware.layoutName !== null) return `${size}, built for the layout ${firmware.layoutName}.`;
  const flash =
    layout.kind === 'known' || layout.flashSizeBytes === null
      ? ''
      : ` Its header names a flash of ${layout.flashSizeBytes / 1024} KB.`;
  return `${size}. Its layout cannot be told from the file: choose the one you set in the IDE.${flash}`;
}
