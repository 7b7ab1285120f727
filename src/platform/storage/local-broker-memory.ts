/** BrokerMemory in a Storage. What cannot be kept or read is as if it had never been: the doctor then knows less. */
import type { BrokerMemory, LastConnection } from '../../ports/broker-memory.ts';

export class LocalBrokerMemory implements BrokerMemory {
  readonly #storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
  readonly #prefix: string;

  constructor(storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>, prefix: string) {
    this.#storage = storage;
    this.#prefix = prefix;
  }

  load(projectId: string): LastConnection | null {
    try {
      const stored: unknown = JSON.parse(this.#storage.getItem(this.#keyOf(projectId)) ?? 'null');
      return isLastConnection(stored) ? stored : null;
    } catch {
      return null;
    }
  }

  save(projectId: string, connection: LastConnection): void {
    try {
      this.#storage.setItem(this.#keyOf(projectId), JSON.stringify(connection));
    } catch {
      // A full or forbidden storage.
    }
  }

  forget(projectId: string): void {
    this.#storage.removeItem(this.#keyOf(projectId));
  }

  #keyOf(projectId: string): string {
    return `${this.#prefix}.last-connection.${projectId}`;
  }
}

function isLastConnection(value: unknown): value is LastConnection {
  if (typeof value !== 'object' || value === null) return false;
  const { atMs, authoritySha256, certificateSha256 } = value as Partial<
    Record<keyof LastConnection, unknown>
  >;
  return (
    typeof atMs === 'number' && typeof authoritySha256 === 'string' && typeof certificateSha256 === 'string'
  );
}
