/** Identifiers of projects and devices: `[a-z0-9-]{1,32}`, some names reserved for the broker's other users. */

const idPattern = /^[a-z0-9-]{1,32}$/;

/** The name under which the page logs in at the broker. */
export const dashboardUser = 'dashboard';

/** Names that mean somebody else on the broker; a device may not have them. */
export const reservedIds: readonly string[] = [
  'broker',
  dashboardUser,
  'nodered',
  'homeassistant',
  'admin',
  'signet',
];

/** A user name on the broker that is no id: what presets of other platforms use, without spaces and topic signs. */
export const isLegalUserName = (text: string): boolean => /^[A-Za-z0-9._:-]{1,64}$/.test(text);

export const isLegalId = (text: string): boolean => idPattern.test(text);
export const isReservedId = (text: string): boolean => reservedIds.includes(text);

/** A legal id made from a display name: "Porch 1" becomes "porch-1"; empty when nothing legal is left. */
export const idFromName = (name: string): string =>
  name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 32)
    .replace(/-+$/, '');
