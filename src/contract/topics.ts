/** MQTT topics of Signet's own form (docs/contracts.md, "Topics"). */

export const topicLeaves = ['tele', 'status', 'cmd', 'reply', 'health'] as const;
export type TopicLeaf = (typeof topicLeaves)[number];

/** Leaves a device writes; it reads only `cmd`. */
export const deviceWrites: readonly TopicLeaf[] = ['tele', 'status', 'reply', 'health'];

export interface DeviceTopic {
  readonly projectId: string;
  readonly deviceId: string;
  readonly leaf: TopicLeaf;
}

export const deviceTopic = (projectId: string, deviceId: string, leaf: TopicLeaf): string =>
  `signet/${projectId}/${deviceId}/${leaf}`;

/** Everything a project's devices say. */
export const projectFilters = (projectId: string): string[] =>
  deviceWrites.map((leaf) => `signet/${projectId}/+/${leaf}`);

/** Null for a topic of another form. */
export function parseDeviceTopic(topic: string): DeviceTopic | null {
  const match = /^signet\/([a-z0-9-]{1,32})\/([a-z0-9-]{1,32})\/([a-z]+)$/.exec(topic);
  const leaf = topicLeaves.find((name) => name === match?.[3]);
  return match?.[1] && match[2] && leaf ? { projectId: match[1], deviceId: match[2], leaf } : null;
}
