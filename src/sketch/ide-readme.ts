/** The README of the .zip for the Arduino IDE. */
import type { SketchEntry, SketchHeader } from './material.ts';

export interface IdeReadmeInput {
  readonly deviceId: string;
  /** Layout name, for example "4m2m". */
  readonly layout: string;
  readonly entries: readonly SketchEntry[];
  readonly headers: readonly SketchHeader[];
  readonly hasSecrets: boolean;
}

const mark = (isSecret: boolean): string => (isSecret ? '  (secret)' : '');

/** LF line ends; Windows' editor reads them. */
export function ideReadme({ deviceId, layout, entries, headers, hasSecrets }: IdeReadmeInput): string {
  const files = entries.map((entry) =>
    entry.content === null ? `  data${entry.path}/` : `  data${entry.path}${mark(entry.isSecret)}`,
  );
  const headerLines = headers.map((header) => `  ${header.name}${mark(header.isSecret)}`);
  const uploads = entries.length > 0;
  const steps = [
    'Unpack everything into the folder of the sketch, beside its .ino file.',
    ...(uploads
      ? [
          `Tools > Flash Size: choose the one whose file system is that of ${layout}.`,
          'Close the Serial Monitor first: it holds the port, and the upload fails while it is open.',
          'Run the LittleFS upload (a plugin of the IDE). It replaces the whole file system of the board.',
        ]
      : []),
    'Compile and upload the sketch.',
  ];
  return [
    `Files for the sketch of the device "${deviceId}"`,
    '',
    ...files,
    ...headerLines,
    '',
    ...steps.map((step, i) => `${i + 1}. ${step}`),
    '',
    ...(hasSecrets
      ? [
          'Files marked secret let whoever has them pose as this device. Keep them out of version control,',
          'use them on this one board, and delete them when it is flashed.',
          '',
        ]
      : []),
  ].join('\n');
}
