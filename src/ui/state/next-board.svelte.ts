/** The next board on the same cable: what the last one was written with, and a write that needs one click. */
import type { Device, DeviceSettings, Project } from '../../project/entities.ts';
import type { FirmwareChoice } from '../../workflows/choose-firmware.ts';
import { app } from './app.svelte.ts';
import { board } from './board.svelte.ts';
import { cable } from './cable.svelte.ts';
import { placeHref } from './place.svelte.ts';

/** What the last board got. */
export interface LastWrite {
  readonly projectId: string;
  readonly deviceId: string;
  readonly layoutName: string;
  readonly firmware: FirmwareChoice;
}

/** A device that no board has yet, or a new one of this name with another's settings. */
export type NextIdentity =
  | { readonly kind: 'made'; readonly device: Device }
  | { readonly kind: 'new'; readonly name: string; readonly settings: DeviceSettings };

export class NextBoardState {
  last = $state.raw<LastWrite | null>(null);

  /** Makes the device if need be, opens its page and writes: only a board that loses something asks first. */
  async write(
    project: Project,
    next: NextIdentity,
    how: Pick<LastWrite, 'layoutName' | 'firmware'>,
  ): Promise<void> {
    const device = next.kind === 'made' ? next.device : await make(project, next);
    if (!(await cable().findPort())) return;
    const { layoutName, firmware } = how;
    this.last = { projectId: project.id, deviceId: device.id, layoutName, firmware };
    window.location.hash = placeHref('devices', device.id);
    const stop = approveHarmless();
    try {
      await board().prepare({ project: app().project ?? project, device, layoutName, firmware });
    } finally {
      stop();
    }
  }
}

async function make(project: Project, next: NextIdentity & { readonly kind: 'new' }): Promise<Device> {
  const { addDevice } = await import('../../workflows/add-device.ts');
  return addDevice(app().environment, project.id, next);
}

/** Gives the word for the plan that comes, unless the board would lose somebody's settings or files. */
function approveHarmless(): () => void {
  let isAnswered = false;
  return $effect.root(() => {
    $effect(() => {
      const { flash } = board();
      if (flash.kind !== 'ready' || isAnswered) return;
      isAnswered = true;
      const warnings = flash.plan.findings?.warnings ?? [];
      // The job begins to wait for the word right after it told its state.
      if (warnings.every(({ kind }) => kind === 'newer-slot')) queueMicrotask(() => board().write());
    });
  });
}

let current: NextBoardState | null = null;

export const nextBoard = (): NextBoardState => (current ??= new NextBoardState());
