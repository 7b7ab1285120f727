/** Names of Live's parts in the address; no device can be called so. */
export const alertsPart = '!alerts';
export const historyPart = '!history';
