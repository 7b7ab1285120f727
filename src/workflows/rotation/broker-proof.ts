/**
 * Whether the broker keeps a device out by now, as far as a page can prove it: its access list lets the page command the
 * devices that it knows, and nobody else. A device that was revoked is in no list of the bundle that revokes it.
 */
import { deviceTopic } from '../../contract/topics.ts';
import type { DeviceId, Project } from '../../project/entities.ts';
import { AppError } from '../../shared/errors.ts';
import type { RunOptions } from '../../shared/outcome.ts';
import type { LiveSession } from '../open-live.ts';

/**
 * refused: the broker has the new files. connected: it has, but the device has been connected since before. allowed: it has
 * the old ones. unknown: this page may not command any device, so that a refusal says nothing.
 */
export type BrokerVerdict = 'refused' | 'connected' | 'allowed' | 'unknown';

const notAuthorised = 135;

/**
 * Sends an empty message to the device's command topic, which no device obeys, and reads the broker's answer to it.
 * Throws live.not-connected, live.no-acknowledgement.
 */
export async function proveRefusal(
  live: Pick<LiveSession, 'broker' | 'devices' | 'state'>,
  { project, deviceId }: { readonly project: Project; readonly deviceId: DeviceId },
  options: RunOptions,
): Promise<BrokerVerdict> {
  if (live.state.kind !== 'connected') throw new AppError('live.not-connected');
  if (!project.broker.access.dashboard.write.includes('cmd')) return 'unknown';
  const topic = deviceTopic(project.id, deviceId, 'cmd');
  const { reasonCode } = await live.broker.publish({ topic, payload: new Uint8Array(0), qos: 1 }, options);
  if (reasonCode !== notAuthorised) return 'allowed';
  return live.devices.get(deviceId)?.presence.kind === 'online' ? 'connected' : 'refused';
}
