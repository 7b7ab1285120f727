/**
 * One reading of the board on the cable: chip, program, file system, slots, and each file against what the page would
 * write. Changes nothing.
 */
import { slotFiles } from '../contract/slot-files.ts';
import type { FlashSession } from '../ports/bootloader.ts';
import type { Device, Project } from '../project/entities.ts';
import type { Bytes } from '../shared/bytes.ts';
import { asAppError } from '../shared/errors.ts';
import { cancelled, done, type Outcome, type RunOptions } from '../shared/outcome.ts';
import { probeBoard, readFiles, type BoardContents } from './board-contents.ts';
import { isContractPath, withFoundKey } from './board-slots.ts';
import { makeDeviceSlot, type DeviceSlot } from './device-image.ts';
import type { SecretEnvironment } from './open-secret.ts';
import { reportSlots, type SlotsReport } from './slots-report.ts';
import { verifyBoardFiles, type FileVerdict } from './verify-files.ts';

export interface BoardReport {
  readonly contents: BoardContents;
  /** Null without a file system that can be read. */
  readonly slots: SlotsReport | null;
  /** Null without such a file system, and while the project is locked. */
  readonly verdicts: readonly FileVerdict[] | null;
  readonly isLocked: boolean;
}

export interface ReportOwner {
  readonly project: Project;
  readonly device: Device;
  /** Null: the project is locked. */
  readonly made: DeviceSlot | null;
}

/** The device's files as they would be written; null while the project is locked. Throws device.config-too-long. */
export async function reportOwner(
  env: SecretEnvironment,
  project: Project,
  device: Device,
): Promise<ReportOwner> {
  try {
    return { project, device, made: await makeDeviceSlot(env, project, device) };
  } catch (thrown) {
    if (asAppError(thrown).code !== 'vault.locked') throw thrown;
    return { project, device, made: null };
  }
}

/** Throws flash.*, serial.*. */
export async function readBoard(
  session: FlashSession,
  owner: ReportOwner,
  options: RunOptions,
): Promise<Outcome<BoardReport>> {
  const probed = await probeBoard(session, options);
  if (probed.kind === 'cancelled') return cancelled;
  const contents = probed.value;
  const isLocked = owner.made === null;
  const { fileSystem } = contents;
  if (fileSystem.kind !== 'littlefs') return done({ contents, slots: null, verdicts: null, isLocked });
  const { layout, files } = fileSystem;
  const paths = files.map(({ path }) => path).filter(isContractPath);
  const own = await readFiles(session, { layout, paths }, options);
  if (own.kind === 'cancelled') return cancelled;
  const slots = await reportSlots(own.value, owner.project, owner.device);
  const verdicts = owner.made && (await verdictsOf(owner.made, { files, own: own.value, slots }));
  return done({ contents, slots, verdicts, isLocked });
}

const verdictsOf = (
  made: DeviceSlot,
  found: Omit<Parameters<typeof verifyBoardFiles>[0], 'expected'>,
): Promise<FileVerdict[]> =>
  verifyBoardFiles({
    ...found,
    expected: async (name) => {
      const slot = withFoundKey(made.slot, found.own);
      return new Map(
        (await slotFiles(name, slot)).map(({ path, content }): [string, Bytes] => [path, content]),
      );
    },
  });
