/** Addresses of the broker as texts. Knows nothing of what is behind them. */

/** The address the page connects to; an IPv6 literal gets its brackets. */
export const webUrl = (host: string, port: number): string => `wss://${bracketed(host)}:${port}`;

export const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);
