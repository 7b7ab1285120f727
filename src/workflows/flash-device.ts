/**
 * Writes a device's program and file system to the board on a serial link, and records what was written. The credentials
 * were persisted when they were made; running it again writes only what is missing.
 */
import type { FlashLayout } from '../contract/flash-layouts.ts';
import { runFlash, type FlashJob } from '../flash/run-flash.ts';
import type { FlashReport } from '../flash/flash-state.ts';
import type { FlashRequest } from '../flash/flash-request.ts';
import type { SerialLink } from '../ports/serial.ts';
import type { Device, DeviceId, Project, ProjectId } from '../project/entities.ts';
import { AppError } from '../shared/errors.ts';
import { done, type Outcome, type RunOptions } from '../shared/outcome.ts';
import { changeProject } from './change-project.ts';
import { chosenFirmware, type FirmwareChoice } from './choose-firmware.ts';
import { anchorsOf, firstImage, makeDeviceSlot, rootLast, type DeviceSlot } from './device-image.ts';
import type { Environment } from './environment.ts';
import { mergeSettings } from './merge-settings.ts';

export type FlashEnvironment = Pick<
  Environment,
  'store' | 'vaults' | 'clock' | 'bootloader' | 'jobs' | 'firmware'
>;

export interface DeviceFlashJob extends Pick<FlashJob, 'onState' | 'approve'> {
  readonly projectId: ProjectId;
  readonly deviceId: DeviceId;
  readonly link: SerialLink;
  readonly layout: FlashLayout;
  readonly firmware: FirmwareChoice;
}

/** What the boot loader is asked for first; the job goes down by itself when the line is bad. */
const preferredBaudRate = 921_600;
const patienceMs = 120_000;

/** Throws flash.*, serial.*, firmware.*, vault.locked, littlefs.*; `onState` tells the state it ended in. */
export async function flashDevice(
  env: FlashEnvironment,
  job: DeviceFlashJob,
  options: RunOptions,
): Promise<Outcome<FlashReport>> {
  const { link, layout, onState, approve } = job;
  const { value: project } = await env.store.load(job.projectId);
  const device = deviceOf(project, job.deviceId);
  const firmware = await chosenFirmware(env.firmware, job.firmware, { layout, isVirtual: link.isVirtual });
  const made = await makeDeviceSlot(env, project, device);
  const owner = { project, device, made, nowMs: env.clock.nowMs() };
  const image = await firstImage(layout, made.slot, device.createdAtMs);
  const request: FlashRequest = { layout, firmware, fileSystem: rootLast(image) };
  const outcome = await runFlash(
    {
      bootloader: await env.bootloader(),
      jobs: await env.jobs(),
      clock: env.clock,
      link,
      request,
      completeRequest: async (session, reading) => {
        const programBytes = firmware?.bytes.length ?? 0;
        const merged = await mergeSettings(session, { layout, owner, programBytes }, reading);
        return merged.kind === 'done' ? done({ ...request, ...merged.value }) : merged;
      },
      baudRate: preferredBaudRate,
      patienceMs,
      onState,
      ...(approve ? { approve } : {}),
    },
    options,
  );
  if (outcome.kind === 'done') await recordWritten(env, job, { ...made, commandKeys: device.commandKeys });
  return outcome;
}

function deviceOf(project: Project, deviceId: DeviceId): Device {
  const device = project.devices.find(({ id }) => id === deviceId);
  if (!device) throw new AppError('project.device-missing', { details: { device: deviceId } });
  return device;
}

/** `commandKeys` as they stand on the board, whatever the project has got meanwhile. */
const recordWritten = (
  env: FlashEnvironment,
  job: DeviceFlashJob,
  { generation, commandKeys }: Pick<DeviceSlot, 'generation'> & Pick<Device, 'commandKeys'>,
): Promise<void> =>
  changeProject(env.store, job.projectId, (project) => ({
    project: {
      ...project,
      devices: project.devices.map((device): Device =>
        device.id === job.deviceId
          ? {
              ...device,
              credentialState: 'written',
              layout: job.layout.name,
              generation,
              writtenAnchors: anchorsOf(project),
              writtenCommandKeys: commandKeys,
            }
          : device,
      ),
    },
    journal: [
      {
        atMs: env.clock.nowMs(),
        deviceId: job.deviceId,
        what: 'board written',
        details: { layout: job.layout.name, generation },
      },
    ],
  }));
