/** Which devices the next board can become: those that no board has yet, and a new one. */
import type { Project } from '../../project/entities.ts';

/** No id is empty. */
export const newDevice = '';

/** As options to choose from, the likeliest first. */
export const nextIdentities = ({ devices }: Project): { value: string; text: string }[] => [
  ...devices
    .filter(({ credentialState }) => credentialState === 'made')
    .map(({ id }) => ({ value: id, text: `${id}, never flashed` })),
  { value: newDevice, text: 'A new device' },
];
