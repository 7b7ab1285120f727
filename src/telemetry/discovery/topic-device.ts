/**
 * Whose topic it is, when nobody has said so: which part of it names a device, and which part names what is measured.
 * Knows the habits of common firmware and gateways, no payloads.
 */
export interface TopicOwner {
  /** Stable over all topics of one device; contains no more than the topic itself. */
  readonly key: string;
  /** What of the topic belongs to the quantity's name: empty, or for example `relay.0.power`. */
  readonly quantity: string;
}

const maxTopicLength = 256;

/** Last levels that say "here is what I know" and no more. */
const generic =
  /^(?:sensors?|state|status|stat|tele|telemetry|data|json|values?|readings?|measurements?|attributes|events?|events|evt|up|uplink|rx|message|msg|payload|info|get|live|raw|result|status\d+|event)$/i;

/** What somebody tells a device: nothing is measured there. */
const command = /^(?:cmd|cmnd|commands?|set|config|ota|down|downlink|tx|request|rpc)$/i;

const availability = /^(?:lwt|availability|available|online|connected|connection|will|\$state)$/i;

/** `tele/<device>/SENSOR`: the kind of message comes first. */
const leadingKinds = new Set(['tele', 'stat', 'state', 'telemetry', 'sensor', 'sensors']);

/** Null for topics that are no device's words: commands, internals, and what is too long or empty. */
export function ownerOf(topic: string, isBareValue: boolean): TopicOwner | null {
  if (topic === '' || topic.length > maxTopicLength || topic.startsWith('$')) return null;
  const levels = topic.split('/').filter((level) => level !== '');
  if (levels.length === 0 || levels.some((level) => command.test(level))) return null;
  const watson = watsonOwner(levels, isBareValue);
  if (watson) return watson;
  const named =
    leadingKinds.has((levels[0] ?? '').toLowerCase()) && levels.length > 1 ? levels.slice(1) : levels;
  return isBareValue ? ownerOfValue(named) : ownerOfObject(named);
}

/** The device that an availability topic speaks of, for example `<device>/LWT`; null for another topic. */
export function availabilityOwner(topic: string): string | null {
  const levels = topic.split('/').filter((level) => level !== '');
  const last = levels.at(-1) ?? '';
  if (levels.length < 2 || !(availability.test(last) || /^(?:status|state)$/i.test(last))) return null;
  return ownerOf(levels.slice(0, -1).join('/'), false)?.key ?? null;
}

/** `iot-2/evt/<event>/fmt/json`, and a gateway's `iot-2/type/<type>/id/<device>/evt/…`. */
function watsonOwner(levels: readonly string[], isBareValue: boolean): TopicOwner | null {
  if (levels[0] !== 'iot-2') return null;
  const at = levels.indexOf('id');
  const event = levels[levels.indexOf('evt') + 1] ?? '';
  const quantity = event === 'status' || !isBareValue ? '' : event;
  return { key: at > 0 ? `iot-2/${levels[at + 1] ?? ''}` : 'iot-2', quantity };
}

/** An object tells its own names: the topic is the device, without its last generic words. */
function ownerOfObject(levels: readonly string[]): TopicOwner {
  let end = levels.length;
  while (end > 1 && generic.test(levels[end - 1] ?? '')) end -= 1;
  return { key: levels.slice(0, end).join('/'), quantity: '' };
}

/** A bare value is named by the last level; a number or a generic word there needs the level before it as well. */
function ownerOfValue(levels: readonly string[]): TopicOwner {
  let end = levels.length;
  while (end > 2 && generic.test(levels[end - 1] ?? '')) end -= 1;
  let start = end - 1;
  while (start > 1 && /^\d+$/.test(levels[start] ?? '')) start -= 1;
  // `home/porch/sensor/temperature`: "sensor" is no part of the name.
  let owner = Math.max(1, start);
  while (owner > 1 && generic.test(levels[owner - 1] ?? '')) owner -= 1;
  if (levels.length === 1) return { key: levels[0] ?? '', quantity: levels[0] ?? '' };
  return { key: levels.slice(0, owner).join('/'), quantity: levels.slice(start, end).join('.') };
}
