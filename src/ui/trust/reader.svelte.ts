/** What somebody dropped, chose or pasted: read, opened, explained. In memory only; gone with *Clear*. */
import type { ImportedItem } from '../../pki/import/items.ts';
import { equalBytes } from '../../shared/bytes.ts';
import { AppError, asAppError } from '../../shared/errors.ts';
import type { Environment } from '../../workflows/environment.ts';
import { explainItems, type ExplainedItem } from '../../workflows/trust/explain-items.ts';
import { readCertificateFile } from '../../workflows/trust/read-certificate-file.ts';

export interface Brought {
  readonly name: string;
  readonly bytes: Uint8Array;
}

interface ReadFile extends Brought {
  readonly items: readonly ImportedItem[];
}

export class CertificateReader {
  readonly #environment: Pick<Environment, 'jobs' | 'crypto' | 'clock'>;
  #files: readonly ReadFile[] = [];
  explained = $state.raw<readonly ExplainedItem[]>([]);
  isBusy = $state(false);
  /** The file that could not be read, and why. */
  failure = $state.raw<{ readonly name: string; readonly error: AppError } | null>(null);
  /** Names of the files that wait for a password. */
  locked = $state.raw<readonly string[]>([]);
  #stop = new AbortController();

  constructor(environment: Pick<Environment, 'jobs' | 'crypto' | 'clock'>) {
    this.#environment = environment;
  }

  get items(): readonly ImportedItem[] {
    return this.explained.map(({ item }) => item);
  }

  add(files: readonly Brought[]): Promise<void> {
    return this.#run(async () => {
      for (const file of files) await this.#read(file, null);
    });
  }

  /** Tries the password on every file that is still locked. */
  unlock(password: string): Promise<void> {
    const waiting = this.#files.filter(isLocked);
    return this.#run(async () => {
      for (const file of waiting) await this.#read(file, password);
    });
  }

  clear(): void {
    this.#stop.abort();
    this.#stop = new AbortController();
    this.#files = [];
    this.explained = [];
    this.locked = [];
    this.failure = null;
  }

  async #run(work: () => Promise<void>): Promise<void> {
    this.isBusy = true;
    this.failure = null;
    try {
      await work();
    } finally {
      this.isBusy = false;
    }
  }

  async #read(file: Brought, password: string | null): Promise<void> {
    const { signal } = this.#stop;
    try {
      const outcome = await readCertificateFile(this.#environment, { bytes: file.bytes, password }, signal);
      if (outcome.kind === 'cancelled') return;
      const others = this.#files.filter(({ name, bytes }) => name !== file.name || bytes !== file.bytes);
      await this.#show([...others, { ...file, items: outcome.value.items }], signal);
    } catch (thrown) {
      if (!signal.aborted) this.failure = { name: file.name, error: asAppError(thrown) };
    }
  }

  async #show(files: readonly ReadFile[], signal: AbortSignal): Promise<void> {
    const { clock, crypto } = this.#environment;
    const items = withoutRepeats(files.flatMap((file) => file.items));
    const explained = await explainItems(items, { nowMs: clock.nowMs(), crypto });
    if (signal.aborted) return;
    this.#files = files;
    this.explained = explained;
    this.locked = files.filter(isLocked).map(({ name }) => name);
  }
}

/** A certificate that came in two files is shown once. */
const withoutRepeats = (items: readonly ImportedItem[]): ImportedItem[] =>
  items.filter((item, i) => {
    if (item.kind !== 'certificate') return true;
    return !items
      .slice(0, i)
      .some((other) => other.kind === 'certificate' && equalBytes(other.der, item.der));
  });

const isLocked = (file: ReadFile): boolean => file.items.some(({ kind }) => kind === 'locked');
