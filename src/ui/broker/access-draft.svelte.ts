/** The access table as it is being changed: nothing is stored before it is saved. */
import type { ClientRights, DeviceLogin } from '../../project/access.ts';
import type { Project } from '../../project/entities.ts';
import type { TopicLeaf } from '../../contract/topics.ts';
import { asAppError, type AppError } from '../../shared/errors.ts';
import { accessTable, type AccessTable } from '../../workflows/broker-access.ts';
import { app } from '../state/app.svelte.ts';
import { withRight, type Right } from './access-rows.ts';

export class AccessDraft {
  readonly projectId: string;
  /** What is stored, as it was when the draft began. */
  readonly #stored: string;
  table: AccessTable = $state.raw() as AccessTable;
  isSaving = $state(false);
  failure = $state.raw<AppError | null>(null);

  constructor(project: Project) {
    this.projectId = project.id;
    const table = accessTable(project);
    this.table = table;
    this.#stored = JSON.stringify(table);
  }

  get isChanged(): boolean {
    return JSON.stringify(this.table) !== this.#stored;
  }

  setRight(key: string, leaf: TopicLeaf, right: Right): void {
    if (key === 'device') this.table = { ...this.table, device: withRight(this.table.device, leaf, right) };
    else this.#change(key, (rights) => withRight(rights, leaf, right));
  }

  setDevices(key: string, devices: readonly string[] | null): void {
    this.#change(key, (rights) => ({ ...rights, devices }));
  }

  setDiscovery(key: string, discovery: boolean): void {
    this.#change(key, (rights) => ({ ...rights, discovery }));
  }

  setPrefix(discoveryPrefix: string | null): void {
    this.table = { ...this.table, discoveryPrefix };
  }

  setLogin(deviceLogin: DeviceLogin): void {
    this.table = { ...this.table, deviceLogin };
  }

  /** True when it is stored. */
  async save(): Promise<boolean> {
    this.isSaving = true;
    this.failure = null;
    try {
      const { saveAccess } = await import('../../workflows/broker-access.ts');
      await saveAccess(app().environment, this.projectId, this.table);
      return true;
    } catch (thrown) {
      this.failure = asAppError(thrown);
      return false;
    } finally {
      this.isSaving = false;
    }
  }

  rights(key: string): ClientRights | undefined {
    const [kind = '', name = ''] = key.split(':');
    if (kind === 'dashboard') return this.table.dashboard;
    return kind === 'user' ? this.table.users[name] : this.table.certificates[name];
  }

  #change(key: string, edit: (rights: ClientRights) => ClientRights): void {
    const rights = this.rights(key);
    if (!rights) return;
    const [kind = '', name = ''] = key.split(':');
    const edited = edit(rights);
    if (kind === 'dashboard') this.table = { ...this.table, dashboard: edited };
    else if (kind === 'user') this.table = { ...this.table, users: { ...this.table.users, [name]: edited } };
    else this.table = { ...this.table, certificates: { ...this.table.certificates, [name]: edited } };
  }
}
