/** What is open inside Live, by the address: a device, the raw messages, the wall. */
import type { Project } from '../../project/entities.ts';

/** No device can be called so. */
export const messagesView = '!messages';
export const wallView = '!wall';

/** A project's only device is open without being chosen. */
export function openedDevice(project: Project | null, detail: string): string | null {
  if (detail !== '') return detail.startsWith('!') ? null : detail;
  const [only, ...others] = project?.devices ?? [];
  return only && others.length === 0 ? only.id : null;
}
