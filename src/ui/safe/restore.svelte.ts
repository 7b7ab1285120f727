/** A backup file on its way into this browser: chosen, opened, looked at, restored. */
import type { Bytes } from '../../shared/bytes.ts';
import { AppError, asAppError } from '../../shared/errors.ts';
import type { OpenedBackup, PresentProject } from '../../workflows/backup/restore-backup.ts';
import { app } from '../state/app.svelte.ts';

/** A larger file is refused without being read. */
const mostBytes = 256 * 1024 * 1024;

export type RestoreStep = 'choose' | 'passphrase' | 'preview' | 'restored';

export class RestoreState {
  step = $state<RestoreStep>('choose');
  fileName = $state('');
  backup = $state.raw<OpenedBackup | null>(null);
  present = $state.raw<PresentProject | null>(null);
  failure = $state.raw<AppError | null>(null);
  isWorking = $state(false);
  #file: Bytes | null = null;

  async choose(file: File): Promise<void> {
    this.leave();
    await this.#work(async () => {
      if (file.size > mostBytes) throw new AppError('backup.too-large');
      const bytes = new Uint8Array(await file.arrayBuffer());
      const { looksLikeBackup } = await import('../../workflows/backup/restore-backup.ts');
      if (!looksLikeBackup(bytes)) throw new AppError('backup.not-a-backup');
      this.#file = bytes;
      this.fileName = file.name;
      this.step = 'passphrase';
    });
  }

  async open(passphrase: string): Promise<void> {
    await this.#work(async () => {
      if (!this.#file) return;
      const { presentProject, readBackup } = await import('../../workflows/backup/restore-backup.ts');
      const backup = await readBackup(app().environment, this.#file, passphrase);
      this.present = await presentProject(app().environment, backup);
      this.backup = backup;
      this.step = 'preview';
    });
  }

  /** `passphrase` locks the project in this browser; null for none. */
  async restore(passphrase: string | null): Promise<void> {
    await this.#work(async () => {
      const { backup } = this;
      if (!backup) return;
      const { restoreProject } = await import('../../workflows/backup/restore-backup.ts');
      await restoreProject(app().environment, backup, { passphrase });
      await app().refreshList();
      await app().open(backup.project.id);
      backup.forget();
      this.step = 'restored';
    });
  }

  /** Back to the beginning; what was opened is overwritten. */
  leave(): void {
    this.backup?.forget();
    this.backup = null;
    this.present = null;
    this.failure = null;
    this.fileName = '';
    this.#file = null;
    this.step = 'choose';
  }

  async #work(work: () => Promise<void>): Promise<void> {
    this.failure = null;
    this.isWorking = true;
    try {
      await work();
    } catch (thrown) {
      this.failure = asAppError(thrown);
    } finally {
      this.isWorking = false;
    }
  }
}
