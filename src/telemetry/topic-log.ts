/**
 * Every topic that was heard, with its last payloads: what the raw view shows. Bounded in topics and bytes, and it says
 * what it left out; large payloads are kept by their beginning. Knows nothing of what payloads mean.
 */
import type { MqttMessage } from '../ports/broker-link.ts';
import type { Bytes } from '../shared/bytes.ts';

export interface LoggedMessage {
  readonly atMs: number;
  readonly retained: boolean;
  readonly qos: 0 | 1 | 2;
  /** The payload's beginning; all of it unless `sizeBytes` is more. */
  readonly payload: Bytes;
  readonly sizeBytes: number;
}

export interface TopicEntry {
  readonly topic: string;
  /** Since the page connected. */
  count: number;
  /** Newest first. */
  messages: readonly LoggedMessage[];
}

export interface TopicNode {
  readonly level: string;
  readonly path: string;
  readonly children: Map<string, TopicNode>;
  /** Messages of this topic and of all below it. */
  count: number;
  /** Null when nothing was said on this very topic. */
  entry: TopicEntry | null;
}

const maxTopics = 5_000;
const maxLevels = 16;
const keptPerTopic = 20;
/** Of one payload; the rest is counted only. */
const keptBytes = 8_192;
/** Over all topics; beyond it a topic keeps its newest payload only. */
const maxBytes = 16 * 1024 * 1024;

export class TopicLog {
  readonly root: TopicNode = newNode('', '');
  readonly #entries = new Map<string, TopicEntry>();
  #bytes = 0;
  #leftOut = 0;
  #total = 0;

  /** Messages on more topics than are kept. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** Of all messages since the page connected. */
  get total(): number {
    return this.#total;
  }

  get topicCount(): number {
    return this.#entries.size;
  }

  get heldBytes(): number {
    return this.#bytes;
  }

  entry(topic: string): TopicEntry | null {
    return this.#entries.get(topic) ?? null;
  }

  accept(batch: readonly MqttMessage[]): void {
    for (const message of batch) this.#accept(message);
  }

  /** Topics that hold every one of the words, in any case; at most `limit`. */
  search(words: string, limit: number): TopicEntry[] {
    const wanted = words.toLowerCase().split(/\s+/);
    const found: TopicEntry[] = [];
    for (const entry of this.#entries.values()) {
      if (found.length >= limit) break;
      const topic = entry.topic.toLowerCase();
      if (wanted.every((word) => topic.includes(word))) found.push(entry);
    }
    return found;
  }

  #accept(message: MqttMessage): void {
    this.#total += 1;
    const entry = this.#entries.get(message.topic) ?? this.#begin(message.topic);
    if (!entry) {
      this.#leftOut += 1;
      return;
    }
    const { atMs, retained, qos = 0, payload } = message;
    const kept = { atMs, retained, qos, payload: payload.slice(0, keptBytes), sizeBytes: payload.length };
    this.#bytes += kept.payload.length;
    this.#keep(entry, kept);
    for (const node of this.#way(message.topic)) node.count += 1;
    entry.count += 1;
  }

  #keep(entry: TopicEntry, message: LoggedMessage): void {
    const room = this.#bytes > maxBytes ? 1 : keptPerTopic;
    const gone = entry.messages.slice(room - 1);
    for (const { payload } of gone) this.#bytes -= payload.length;
    entry.messages = [message, ...entry.messages.slice(0, room - 1)];
  }

  #begin(topic: string): TopicEntry | null {
    if (this.#entries.size >= maxTopics || topic.length > 1_024) return null;
    const entry: TopicEntry = { topic, count: 0, messages: [] };
    this.#entries.set(topic, entry);
    const way = this.#way(topic);
    const last = way.at(-1);
    if (last) last.entry = entry;
    return entry;
  }

  /** The nodes from the first level down to the topic's own, made where they are missing. */
  #way(topic: string): TopicNode[] {
    const levels = topic.split('/');
    const named =
      levels.length > maxLevels
        ? [...levels.slice(0, maxLevels - 1), levels.slice(maxLevels - 1).join('/')]
        : levels;
    const way: TopicNode[] = [];
    let node = this.root;
    for (const level of named) {
      const path = way.length === 0 ? level : `${node.path}/${level}`;
      const next = node.children.get(level) ?? newNode(level, path);
      node.children.set(level, next);
      way.push(next);
      node = next;
    }
    return way;
  }
}

const newNode = (level: string, path: string): TopicNode => ({
  level,
  path,
  children: new Map(),
  count: 0,
  entry: null,
});
