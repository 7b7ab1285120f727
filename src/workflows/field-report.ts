/**
 * Makes a field report of a board: joins the console's transcript, the chip, the flash job and the versions, and takes
 * every secret of the project out. Also brings a report back as a board that can be connected.
 */
import { devicePassword } from '../broker/device-password.ts';
import { browserFamily } from '../console/browser-family.ts';
import { buildFieldReport, fieldReportText, type FieldReport } from '../console/field-report.ts';
import { redactorFor } from '../console/redaction.ts';
import type { TranscriptLine } from '../console/transcript.ts';
import { traditionalKey } from '../pki/key-pair.ts';
import type { ChipFacts } from '../ports/bootloader.ts';
import type { SerialLink } from '../ports/serial.ts';
import { everyNetwork } from '../project/networks.ts';
import type { Project, RecordId } from '../project/entities.ts';
import { toBase64, toBase64Url, toHex, utf8, type Bytes } from '../shared/bytes.ts';
import type { Clock } from '../shared/clock.ts';
import { asAppError } from '../shared/errors.ts';
import { replayBoardOptions } from '../virtual-board/replay-host.ts';
import type { VirtualBoardOptions } from '../virtual-board/virtual-board.ts';
import type { FlashLog } from './flash-log.ts';
import { openSecret, openSecretText, type SecretEnvironment } from './open-secret.ts';
import type { NamedFile } from './sketch-files.ts';

export interface BoardStory {
  readonly transcript: { lines(): readonly TranscriptLine[]; readonly dropped: number };
  readonly baudRate: number;
  readonly link: Pick<SerialLink, 'usb' | 'isVirtual'>;
  /** Null when nothing was flashed since the page was opened. */
  readonly chip: ChipFacts | null;
  readonly flash: FlashLog | null;
  readonly pageVersion: string;
  readonly firmware: FieldReport['firmware'];
  /** `navigator.userAgent`. */
  readonly userAgent: string;
}

/**
 * `project` is null when none is open: then only what looks like key material is taken out.
 * @throws AppError vault.locked: what cannot be opened cannot be looked for, so unlock first.
 */
export async function makeFieldReport(
  env: SecretEnvironment & { readonly clock: Clock },
  project: Project | null,
  story: BoardStory,
): Promise<FieldReport> {
  const redactor = redactorFor(project ? await everySecretText(env, project) : []);
  const { transcript, baudRate, link, chip, flash, pageVersion, firmware, userAgent } = story;
  return buildFieldReport(
    {
      madeAtMs: env.clock.nowMs(),
      page: { version: pageVersion },
      firmware,
      browser: browserFamily(userAgent),
      bridge: link.usb && { vendorId: link.usb.vendorId, productId: link.usb.productId },
      isVirtual: link.isVirtual,
      chip: chip && { ...chip, name: chip.chipName },
      flash: flash && { steps: flash.steps() },
      serial: { baudRate, droppedLines: transcript.dropped, lines: transcript.lines() },
    },
    redactor,
  );
}

/** Named by the day, in UTC. */
export const fieldReportFile = (report: FieldReport): NamedFile => ({
  name: `signet-field-report-${new Date(report.madeAtMs).toISOString().slice(0, 10)}.json`,
  content: utf8(fieldReportText(report)),
  type: 'application/json',
});

/** A virtual board that does again what the report tells. */
export const replayBoardOf = (report: FieldReport, speed = 1): VirtualBoardOptions =>
  replayBoardOptions(
    { lines: report.serial.lines, baudRate: report.serial.baudRate, speed },
    { bridge: report.bridge, flashSizeBytes: report.chip?.flashSizeBytes ?? null },
  );

/**
 * All spellings under which a secret of the project could stand in a line. The authorities' keys never were on a board:
 * they are looked for when they are open.
 */
export async function everySecretText(env: SecretEnvironment, project: Project): Promise<string[]> {
  const { broker, devices, authorities, previousAuthorities, otherCertificates } = project;
  const texts = [
    ...everyNetwork(project).map(({ pskRecord }) => pskRecord),
    broker.dashboardPasswordRecord,
    ...broker.access.users.map(({ passwordRecord }) => passwordRecord),
    ...(broker.hosted?.login ? [broker.hosted.login.passwordRecord] : []),
  ];
  const keys = [
    broker.deviceListener,
    broker.webListener,
    ...[...devices.map(({ credential }) => credential), ...otherCertificates].flatMap(({ keyRecord }) =>
      keyRecord === null ? [] : [{ keyRecord }],
    ),
  ];
  const found = await Promise.all([
    ...texts.map(async (record) => [await openSecretText(env, project.id, record)]),
    ...devices.map((device) => commandKeySpellings(env, project, device.commandKeyRecord)),
    ...devices
      .flatMap(({ commandKeys }) => commandKeys)
      .map(async ({ keyRecord }) => spellingsOf(await openSecret(env, project.id, keyRecord))),
    ...keys.map(({ keyRecord }) => keySpellings(env, project, keyRecord)),
    ...[...Object.values(authorities), ...previousAuthorities].map(({ keyRecord }) =>
      keySpellings(env, project, keyRecord).catch(lockedAsNone),
    ),
  ]);
  return found.flat();
}

/** A device's password on the broker is made from its command key. */
async function commandKeySpellings(
  env: SecretEnvironment,
  project: Project,
  record: RecordId,
): Promise<string[]> {
  const key = await openSecret(env, project.id, record);
  return [...spellingsOf(key), await devicePassword(key)];
}

async function keySpellings(env: SecretEnvironment, project: Project, record: RecordId): Promise<string[]> {
  const pkcs8 = await openSecret(env, project.id, record);
  return [pkcs8, traditionalKey(pkcs8)].flatMap(spellingsOf);
}

/** Hex, base64 in one piece and in PEM's lines. */
function spellingsOf(bytes: Bytes): string[] {
  const base64 = toBase64(bytes);
  const hex = toHex(bytes);
  return [hex, hex.toUpperCase(), base64, toBase64Url(bytes), ...(base64.match(/.{16,64}/g) ?? [])];
}

function lockedAsNone(thrown: unknown): string[] {
  if (asAppError(thrown).code === 'vault.locked') return [];
  throw thrown;
}
