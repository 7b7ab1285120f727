/** A field report's facts in words, for whoever is about to send it or to replay it. */
import type { FieldReport } from '../../console/field-report.ts';
import type { ExplainedLine } from '../../console/explained-lines.ts';
import { redactionMark } from '../../console/redaction.ts';

export interface ReportRow {
  readonly name: string;
  readonly text: string;
}

const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

/** What is in it, a row each. */
export function reportRows(report: FieldReport): ReportRow[] {
  const { chip, browser, bridge, flash, serial, firmware } = report;
  const seconds = Math.ceil((serial.lines.at(-1)?.tMs ?? 0) / 1000);
  const dropped = serial.droppedLines > 0 ? `; ${counted(serial.droppedLines, 'earlier line')} not kept` : '';
  return [
    {
      name: 'Console',
      text: `${counted(serial.lines.length, 'line')} over ${seconds} s at ${serial.baudRate} baud${dropped}`,
    },
    {
      name: 'Flash job',
      text: flash ? counted(flash.steps.length, 'step') : 'none since the page was opened',
    },
    { name: 'Chip', text: chip ? chipWords(chip) : 'not asked' },
    { name: 'USB bridge', text: bridge ? `${hex4(bridge.vendorId)}:${hex4(bridge.productId)}` : 'unknown' },
    { name: 'Firmware', text: `${firmware.version ?? 'unknown'}, layout ${firmware.layout ?? 'unknown'}` },
    {
      name: 'Browser',
      text: `${browser.family} ${browser.majorVersion ?? ''} on ${browser.system}; page ${report.page.version}`,
    },
    { name: 'Hidden', text: `${counted(hiddenPlaces(report), 'place')} with ${redactionMark} for a secret` },
  ];
}

/** The report's lines for a console's eye: their times count from the first. */
export const reportLines = ({ serial }: FieldReport): ExplainedLine[] =>
  serial.lines.map(({ tMs, direction, text }, number) => ({
    number,
    atMs: tMs,
    direction,
    text,
    explanation: null,
    crash: null,
  }));

const hiddenPlaces = ({ serial, flash }: FieldReport): number =>
  [...serial.lines.map(({ text }) => text), ...(flash?.steps ?? []).map(({ note }) => note)].reduce(
    (sum, text) => sum + text.split(redactionMark).length - 1,
    0,
  );

function chipWords({ name, macPrefix, flashSizeBytes }: NonNullable<FieldReport['chip']>): string {
  const size = flashSizeBytes === null ? 'flash of unknown size' : `${flashSizeBytes / 1_048_576} MB flash`;
  return `${name}, ${size}, MAC ${macPrefix} and no further`;
}

const hex4 = (value: number): string => value.toString(16).padStart(4, '0');
