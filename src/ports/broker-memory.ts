/** What this browser keeps of its last good connection to a project's broker. Adapter: platform/storage. */
export interface BrokerMemory {
  /** Null for never, or when nothing can be kept. */
  load(projectId: string): LastConnection | null;
  save(projectId: string, connection: LastConnection): void;
  forget(projectId: string): void;
}

export interface LastConnection {
  readonly atMs: number;
  /** Of the web authority and of the browser port's certificate, as the project had them. */
  readonly authoritySha256: string;
  readonly certificateSha256: string;
}
