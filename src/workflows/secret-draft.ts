/** Seals secrets as they are made and gathers them for one commit: nothing is ever stored in the clear first. */
import { toHex } from '../shared/bytes.ts';
import type { Bytes } from '../shared/bytes.ts';
import { AppError } from '../shared/errors.ts';
import type { ProjectChange, RecordId, SealedRecord, Tier } from '../project/entities.ts';
import type { Vault } from '../vault/vault.ts';

export class SecretDraft {
  readonly vault: Vault;
  readonly #crypto: Crypto;
  readonly #records = new Map<RecordId, SealedRecord>();

  constructor(vault: Vault, crypto: Crypto) {
    this.vault = vault;
    this.#crypto = crypto;
  }

  /** Seals and then overwrites `plain`. The id is new each time, so that an old record cannot stand in for it. */
  async seal(what: string, tier: Tier, plain: Bytes): Promise<RecordId> {
    const id = `${what}-${toHex(this.#crypto.getRandomValues(new Uint8Array(4)))}`;
    try {
      this.#records.set(id, await this.vault.seal(id, tier, plain));
    } finally {
      plain.fill(0);
    }
    return id;
  }

  has(id: RecordId): boolean {
    return this.#records.has(id);
  }

  /** A record of this draft. Throws storage.not-found. */
  record(id: RecordId): SealedRecord {
    const record = this.#records.get(id);
    if (!record) throw new AppError('storage.not-found', { details: { what: 'secret', id } });
    return record;
  }

  get changes(): ProjectChange[] {
    return [...this.#records.values()].map((record) => ({ kind: 'put-record', record }));
  }
}
