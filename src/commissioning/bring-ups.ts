/**
 * The bring-up of every device, and of a board that has not said who it is. Decides which boot a sighting belongs to:
 * serial and broker are joined only on an equal boot nonce.
 */
import { newBringUp, withSighting, type BringUp } from './bring-up.ts';
import type { Sighting } from './sighting.ts';

export interface BringUps {
  readonly devices: Readonly<Record<string, BringUp>>;
  /** Of a board on the serial line whose settings were not read yet. */
  readonly unnamed: BringUp | null;
  /** Nonces of boots that are over, newest first. */
  readonly past: readonly string[];
}

export const noBringUps: BringUps = { devices: {}, unnamed: null, past: [] };

/** While the cable spoke as recently as this, a strange nonce from the broker is a straggler, not a new boot. */
const cableRulesMs = 15_000;
const rememberedBoots = 64;

export function reduceSighting(state: BringUps, sighting: Sighting): BringUps {
  if (sighting.bootNonce !== null && state.past.includes(sighting.bootNonce)) return state;
  return sighting.source === 'serial' ? fromSerial(state, sighting) : fromBroker(state, sighting);
}

function fromSerial(state: BringUps, sighting: Sighting): BringUps {
  const { deviceId } = sighting;
  if (deviceId === null) {
    const { bringUp, past } = bootOf(state, state.unnamed, sighting);
    return { ...state, past, unnamed: withSighting(bringUp, sighting) };
  }
  const named = movedTo(state, deviceId, sighting.bootNonce);
  const { bringUp, past } = bootOf(named, named.devices[deviceId] ?? null, sighting);
  return { ...withDevice(named, deviceId, withSighting(bringUp, sighting)), past };
}

/** The board has just said its name: what was seen of this boot under no name, or under a supposed one, goes along. */
function movedTo(state: BringUps, deviceId: string, bootNonce: string | null): BringUps {
  const known = state.devices[deviceId] ?? null;
  if (known?.bootNonce === bootNonce) return state;
  const others = Object.entries(state.devices).filter(([id]) => id !== deviceId);
  const supposed = bootNonce === null ? undefined : others.find(([, other]) => other.bootNonce === bootNonce);
  const isUnnamed = state.unnamed !== null && state.unnamed.bootNonce === bootNonce;
  const found = isUnnamed ? state.unnamed : (supposed?.[1] ?? null);
  if (!found) return state;
  const rest = Object.fromEntries(others.filter(([id]) => id !== supposed?.[0]));
  return {
    devices: { ...rest, [deviceId]: { ...found, deviceId } },
    unnamed: isUnnamed ? null : state.unnamed,
    past: known?.bootNonce ? remember(state.past, known.bootNonce) : state.past,
  };
}

function fromBroker(state: BringUps, sighting: Sighting): BringUps {
  const { deviceId } = sighting;
  if (deviceId === null || sighting.bootNonce === null) return state;
  const known = state.devices[deviceId] ?? null;
  const isOther = known !== null && known.bootNonce !== sighting.bootNonce;
  const spokeMs = known?.lastSerialMs ?? null;
  if (isOther && spokeMs !== null && sighting.atMs - spokeMs < cableRulesMs) return state;
  if (isOther && known.bootNonce === null) {
    // Seen on the cable without its nonce, and not for a while: it cannot be told whether it is this boot.
    return withDevice(state, deviceId, withSighting(newBringUp(deviceId, sighting.bootNonce), sighting));
  }
  const { bringUp, past } = bootOf(state, known, sighting);
  return { ...withDevice(state, deviceId, withSighting(bringUp, sighting)), past };
}

const withDevice = (state: BringUps, deviceId: string, bringUp: BringUp): BringUps => ({
  ...state,
  devices: { ...state.devices, [deviceId]: bringUp },
});

/** The known bring-up when the sighting is of its boot, otherwise a fresh one; the boot before is over then. */
function bootOf(
  state: BringUps,
  known: BringUp | null,
  sighting: Sighting,
): { bringUp: BringUp; past: readonly string[] } {
  const isNew = known === null || isOtherBoot(known, sighting);
  if (!isNew) return { bringUp: known, past: state.past };
  const over = known?.bootNonce ?? null;
  return {
    bringUp: newBringUp(sighting.deviceId, sighting.bootNonce),
    past: over === null ? state.past : remember(state.past, over),
  };
}

function isOtherBoot(known: BringUp, sighting: Sighting): boolean {
  if (known.bootNonce === null) return false;
  // A boot line whose nonce is missing is a new boot all the same.
  if (sighting.bootNonce === null) return sighting.stage === 'boot';
  return known.bootNonce !== sighting.bootNonce;
}

const remember = (past: readonly string[], nonce: string): readonly string[] =>
  [nonce, ...past.filter((other) => other !== nonce)].slice(0, rememberedBoots);
