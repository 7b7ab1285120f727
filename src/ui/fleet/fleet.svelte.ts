/** A table of devices on its way into the project: read, judged row by row, made with progress, cancelled. */
import type { Project } from '../../project/entities.ts';
import { fromUtf8 } from '../../shared/bytes.ts';
import { AppError, asAppError } from '../../shared/errors.ts';
import type { Progress } from '../../shared/outcome.ts';
import { mostTableBytes, readDeviceTable, type TableRow } from '../../workflows/fleet/device-table.ts';
import { app } from '../state/app.svelte.ts';

export class FleetState {
  rows = $state.raw<readonly TableRow[]>([]);
  fileName = $state('');
  failure = $state.raw<AppError | null>(null);
  progress = $state.raw<Progress | null>(null);
  /** How many were made last; null before. */
  made = $state<number | null>(null);
  readonly good = $derived(this.rows.flatMap(({ device }) => (device ? [device] : [])));
  readonly bad = $derived(this.rows.filter(({ device }) => device === null));
  #cancelling: AbortController | null = null;

  async bring(file: File, project: Project): Promise<void> {
    this.clear();
    try {
      if (file.size > mostTableBytes) throw new AppError('fleet.too-large');
      const text = textOf(new Uint8Array(await file.arrayBuffer()));
      this.rows = readDeviceTable(text, takenIn(project));
      this.fileName = file.name;
    } catch (thrown) {
      this.failure = asAppError(thrown);
    }
  }

  /** Makes the good rows, all or none. */
  async make(project: Project): Promise<void> {
    this.failure = null;
    this.#cancelling = new AbortController();
    const { signal } = this.#cancelling;
    this.progress = { phase: 'issuing', done: 0, total: this.good.length, unit: 'items' };
    try {
      const { addDevices } = await import('../../workflows/add-device.ts');
      const onProgress = (progress: Progress): void => {
        this.progress = progress;
      };
      const options = { signal, timeoutMs: 600_000, onProgress };
      const outcome = await addDevices(app().environment, project.id, this.good, options);
      if (outcome.kind === 'cancelled') return;
      this.clear();
      this.made = outcome.value.length;
    } catch (thrown) {
      this.failure = asAppError(thrown);
    } finally {
      this.progress = null;
      this.#cancelling = null;
    }
  }

  cancel(): void {
    this.#cancelling?.abort();
  }

  clear(): void {
    this.rows = [];
    this.fileName = '';
    this.failure = null;
    this.made = null;
  }
}

/** A spreadsheet may have saved it as Windows-1252: then accents are wrong, never the table. */
function textOf(bytes: Uint8Array): string {
  try {
    return fromUtf8(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

const takenIn = ({ devices, otherCertificates, broker }: Project): ReadonlySet<string> =>
  new Set([
    ...devices.flatMap(({ id, login }) => [id, login?.commonName ?? id]),
    ...otherCertificates.map(({ commonName }) => commonName),
    ...broker.access.users.map(({ name }) => name),
  ]);
