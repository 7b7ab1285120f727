/**
 * Writes what a person's own sketch needs to the board on a serial link: the file system, the sketch's own .bin, or both.
 * What a board holds is named in the plan first; running it again writes only what is missing.
 */
import type { FlashLayout } from '../contract/flash-layouts.ts';
import type { FlashReport } from '../flash/flash-state.ts';
import type { FlashRequest } from '../flash/flash-request.ts';
import { runFlash, type FlashJob } from '../flash/run-flash.ts';
import type { SerialLink } from '../ports/serial.ts';
import type { Device, DeviceId, ProjectId } from '../project/entities.ts';
import { AppError } from '../shared/errors.ts';
import { done, type Outcome, type RunOptions } from '../shared/outcome.ts';
import type { SketchChoice } from '../sketch/presets.ts';
import type { Environment } from './environment.ts';
import { rootLast } from './device-image.ts';
import { replacedOnBoard } from './sketch-board.ts';
import { makeSketchFiles, sketchImage, type SketchFiles } from './sketch-files.ts';
import { readOwnProgram } from './sketch-program.ts';

export type SketchFlashEnvironment = Pick<Environment, 'store' | 'vaults' | 'clock' | 'bootloader' | 'jobs'>;

export interface SketchFlashJob extends Pick<FlashJob, 'onState' | 'approve'> {
  readonly projectId: ProjectId;
  readonly deviceId: DeviceId;
  readonly link: SerialLink;
  readonly layout: FlashLayout;
  readonly choice: SketchChoice;
  /** The person's own .bin; null: the program on the board stays. */
  readonly program: Uint8Array | null;
}

/** What the boot loader is asked for first; the job goes down by itself when the line is bad. */
const preferredBaudRate = 921_600;
const patienceMs = 120_000;

/** Throws sketch.*, flash.*, serial.*, firmware.*, vault.locked; `onState` tells the state it ended in. */
export async function flashSketch(
  env: SketchFlashEnvironment,
  job: SketchFlashJob,
  options: RunOptions,
): Promise<Outcome<FlashReport>> {
  const { link, layout, onState, approve } = job;
  const files = await filesOf(env, job);
  const request = requestOf(job, files);
  const outcome = await runFlash(
    {
      bootloader: await env.bootloader(),
      jobs: await env.jobs(),
      clock: env.clock,
      link,
      request,
      ...(request.fileSystem
        ? {
            completeRequest: async (session, reading) => {
              const replaced = await replacedOnBoard(session, { layout, entries: files.entries }, reading);
              return replaced.kind === 'done' ? done({ ...request, findings: replaced.value }) : replaced;
            },
          }
        : {}),
      baudRate: preferredBaudRate,
      patienceMs,
      onState,
      ...(approve ? { approve } : {}),
    },
    options,
  );
  if (outcome.kind === 'done') await recordWritten(env, job, files);
  return outcome;
}

async function filesOf(env: SketchFlashEnvironment, job: SketchFlashJob): Promise<SketchFiles> {
  const { value: project } = await env.store.load(job.projectId);
  const device = project.devices.find(({ id }) => id === job.deviceId);
  if (!device) throw new AppError('project.device-missing', { details: { device: job.deviceId } });
  return makeSketchFiles(env, { project, device, choice: job.choice });
}

/** @throws AppError sketch.nothing-to-write, sketch.too-large, firmware.* */
function requestOf({ layout, program }: SketchFlashJob, { entries }: SketchFiles): FlashRequest {
  if (entries.length === 0 && !program) throw new AppError('sketch.nothing-to-write');
  return {
    layout,
    firmware: program ? readOwnProgram(program).firmware : null,
    // No files: whatever the board has there stays.
    fileSystem: entries.length > 0 ? rootLast(sketchImage(layout, entries)) : null,
  };
}

async function recordWritten(
  env: SketchFlashEnvironment,
  { projectId, deviceId, layout, program }: SketchFlashJob,
  files: SketchFiles,
): Promise<void> {
  const { revision, value: project } = await env.store.load(projectId);
  const hasFiles = files.entries.length > 0;
  // Signet's slots are gone with the file system: there is no generation of them any more.
  const written = (device: Device): Device => ({
    ...device,
    layout: layout.name,
    ...(files.hasSecrets ? { credentialState: 'written' } : {}),
    ...(hasFiles ? { generation: null } : {}),
  });
  const devices = project.devices.map((device) => (device.id === deviceId ? written(device) : device));
  const parts = [...(program ? ['program'] : []), ...(hasFiles ? ['files'] : [])].join(' and ');
  await env.store.commit(
    projectId,
    revision,
    [{ kind: 'put-project', project: { ...project, devices } }],
    [
      {
        atMs: env.clock.nowMs(),
        deviceId,
        what: 'own sketch written',
        details: { layout: layout.name, parts },
      },
    ],
  );
}
