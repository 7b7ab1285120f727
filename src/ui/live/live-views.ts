/** What is open inside Live, by the address: a device, its charts, the raw messages, the wall, alerts, what is kept. */
import type { Project } from '../../project/entities.ts';
import type { Location } from '../state/place.svelte.ts';

/** No device can be called so. */
export const messagesView = '!messages';
export const wallView = '!wall';
export const alertsView = '!alerts';
export const historyView = '!history';
/** The part of a device's page that shows its readings over time. */
export const chartsTab = 'charts';

/** Whether ui/history shows it. */
export const isHistoryPart = ({ detail, tab }: Pick<Location, 'detail' | 'tab'>): boolean =>
  detail === alertsView || detail === historyView || (detail !== '' && tab === chartsTab);

/** A project's only device is open without being chosen. */
export function openedDevice(project: Project | null, detail: string): string | null {
  if (detail !== '') return detail.startsWith('!') ? null : detail;
  const [only, ...others] = project?.devices ?? [];
  return only && others.length === 0 ? only.id : null;
}
