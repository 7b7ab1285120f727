/** One holder at a time across tabs. Adapter: platform/storage (Web Locks). */
export interface Leases {
  hold<T>(name: string, use: (lost: AbortSignal) => Promise<T>): Promise<T>;
}
