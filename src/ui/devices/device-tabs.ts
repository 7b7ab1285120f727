/** The parts of a device's page, in the order they are shown; the address names them. */
export const deviceTabs = [
  { name: '', title: 'Board' },
  { name: 'settings', title: 'Settings' },
  { name: 'certificate', title: 'Certificate' },
  { name: 'console', title: 'Console' },
  { name: 'contents', title: 'On the board' },
  { name: 'sketch', title: 'Own sketch' },
  { name: 'journal', title: 'Journal' },
] as const;

export type DeviceTab = (typeof deviceTabs)[number]['name'];

/** What the address says, or the first. */
export const deviceTabOf = (text: string): DeviceTab =>
  deviceTabs.find(({ name }) => name === text)?.name ?? '';
