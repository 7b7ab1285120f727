/**
 * What happened on somebody's board, as a document that can be sent and replayed (docs/contracts.md, "Field report"):
 * redacted, versioned, with times relative to their first line. Knows no project: it is given what must not be in it.
 */
import { KeyBlocks } from './key-blocks.ts';
import type { Redactor } from './redaction.ts';
import type { TranscriptLine } from './transcript.ts';

export const fieldReportFormat = 'signet-field-report';
export const fieldReportVersion = 1;

export interface ReportedLine {
  /** Milliseconds since the first line; never less than the line before. */
  readonly tMs: number;
  readonly direction: 'in' | 'out';
  readonly text: string;
}

export interface ReportedStep {
  /** Milliseconds since the first step. */
  readonly tMs: number;
  /** A flash job's state, for example "writing". */
  readonly state: string;
  /** What belongs to it in words and numbers, for example "program at 460800 baud". */
  readonly note: string;
}

export interface ReportedChip {
  readonly name: string;
  /** The maker's three bytes only. */
  readonly macPrefix: string;
  readonly flashSizeBytes: number | null;
  /** JEDEC id, for example 0x1640ef. */
  readonly flashId: number;
  readonly crystalMhz: number;
  readonly features: readonly string[];
}

export interface FieldReport {
  readonly format: typeof fieldReportFormat;
  readonly v: typeof fieldReportVersion;
  /** Unix time in ms. */
  readonly madeAtMs: number;
  readonly page: { readonly version: string };
  readonly firmware: { readonly version: string | null; readonly layout: string | null };
  readonly browser: {
    readonly family: string;
    readonly majorVersion: number | null;
    readonly system: string;
  };
  /** Ids of the USB bridge; null when the browser does not tell. */
  readonly bridge: { readonly vendorId: number; readonly productId: number } | null;
  readonly isVirtual: boolean;
  readonly chip: ReportedChip | null;
  readonly flash: { readonly steps: readonly ReportedStep[] } | null;
  readonly serial: {
    readonly baudRate: number;
    /** Earlier lines that were no longer kept. */
    readonly droppedLines: number;
    readonly lines: readonly ReportedLine[];
  };
}

export interface FieldReportFacts extends Omit<FieldReport, 'format' | 'v' | 'chip' | 'serial'> {
  /** With its whole MAC address, of which the report keeps the maker's part. */
  readonly chip: (Omit<ReportedChip, 'macPrefix'> & { readonly macAddress: string }) | null;
  readonly serial: {
    readonly baudRate: number;
    readonly droppedLines: number;
    readonly lines: readonly TranscriptLine[];
  };
}

/** Every text in it has passed the redactor; lines of a key in PEM are hidden whole. */
export function buildFieldReport(facts: FieldReportFacts, redactor: Redactor): FieldReport {
  const { madeAtMs, page, firmware, browser, bridge, isVirtual, chip, flash, serial } = facts;
  return {
    format: fieldReportFormat,
    v: fieldReportVersion,
    madeAtMs,
    ...redacted({ page, firmware, browser, bridge, isVirtual, flash }, redactor),
    chip: chip && reportedChip(chip, redactor),
    serial: {
      baudRate: serial.baudRate,
      droppedLines: serial.droppedLines,
      lines: reportedLines(serial.lines, redactor),
    },
  };
}

/** For saving; one key a line, so that two reports can be compared. */
export const fieldReportText = (report: FieldReport): string => `${JSON.stringify(report, null, 1)}\n`;

function reportedChip(chip: NonNullable<FieldReportFacts['chip']>, redactor: Redactor): ReportedChip {
  const { name, macAddress, flashSizeBytes, flashId, crystalMhz, features } = chip;
  const macPrefix = macAddress.split(':').slice(0, 3).join(':');
  return redacted(
    { name, macPrefix, flashSizeBytes, flashId, crystalMhz: Math.round(crystalMhz), features },
    redactor,
  );
}

function reportedLines(lines: readonly TranscriptLine[], redactor: Redactor): ReportedLine[] {
  const keyBlocks = { in: new KeyBlocks(), out: new KeyBlocks() };
  const startMs = lines[0]?.atMs ?? 0;
  let lastMs = 0;
  return lines.map(({ atMs, direction, text }) => {
    // The computer's clock may be set while the console runs.
    lastMs = Math.max(lastMs, Math.round(atMs - startMs));
    return { tMs: lastMs, direction, text: redactor.redact(keyBlocks[direction].hide(text)) };
  });
}

/** The same value with every text in it redacted. */
function redacted<T>(value: T, redactor: Redactor): T {
  const walk = (part: unknown): unknown => {
    if (typeof part === 'string') return redactor.redact(part);
    if (Array.isArray(part)) return part.map(walk);
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, walk(inner)]));
  };
  return walk(value) as T;
}
