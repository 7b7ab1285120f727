/**
 * What a live session connects to: the project's own broker, or any other that a person types in. Tells addresses,
 * logins and topics; opens nothing but the password's record.
 */
import { bracketed, webUrl } from '../broker/web-url.ts';
import { projectFilters } from '../contract/topics.ts';
import type { LiveBroker, Project } from '../project/entities.ts';
import { dashboardUser } from '../project/ids.ts';
import { AppError } from '../shared/errors.ts';
import { openSecretText, type SecretEnvironment } from './open-secret.ts';

export interface LiveSource {
  /** Tabs with the same one share a connection. */
  readonly shareAs: string;
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly topics: readonly string[];
  /** Whose devices are called by their ids; empty without a project. */
  readonly projectId: string;
  /** Time between two readings as the device is configured, in ms. */
  readonly intervalMs: (deviceId: string) => number;
}

/** A broker as it is typed in; the host field also takes a whole address. */
export interface BrokerForm {
  readonly host: string;
  readonly port: string;
  readonly path: string;
  readonly username: string;
  readonly password: string;
  /** Separated by spaces or commas; empty for everything. */
  readonly topics: string;
}

export const emptyBrokerForm: BrokerForm = {
  host: '',
  port: '8884',
  path: '/mqtt',
  username: '',
  password: '',
  topics: '#',
};

/** Besides the project's own topics: what the broker's access list lets the page read of these, it shows. */
const othersFilters = ['iot-2/#', 'homeassistant/#'];
const defaultIntervalMs = 60_000;
const maxTopics = 16;

/** The WSS address of a project's broker, its own or the hosted one. Throws live.hosted-without-web. */
export function brokerUrl({ broker }: Project): string {
  if (!broker.hosted) return webUrl(broker.hosts[0] ?? 'localhost', broker.webPort);
  if (broker.hosted.webUrl === null) throw new AppError('live.hosted-without-web');
  return broker.hosted.webUrl;
}

/** Throws live.hosted-without-web, vault.locked, vault.damaged, storage.not-found. */
export async function projectSource(env: SecretEnvironment, project: Project): Promise<LiveSource> {
  const { hosted, dashboardPasswordRecord } = project.broker;
  const own = { user: dashboardUser, passwordRecord: dashboardPasswordRecord };
  const { user, passwordRecord } = hosted?.login ?? own;
  return {
    shareAs: project.id,
    url: brokerUrl(project),
    username: user,
    password: await openSecretText(env, project.id, passwordRecord),
    topics: [...projectFilters(project.id), ...othersFilters],
    projectId: project.id,
    intervalMs: (deviceId) => intervalOf(project, deviceId),
  };
}

/** A broker that was typed in, with the project that is open beside it, if any. Throws what {@link checkedBrokerForm} does. */
export function typedSource(form: BrokerForm, project: Project | null): LiveSource {
  const { url, topics } = checkedBrokerForm(form);
  return {
    shareAs: [url, form.username, ...topics, project?.id ?? ''].join(' '),
    url,
    username: form.username.trim(),
    password: form.password,
    topics,
    projectId: project?.id ?? '',
    intervalMs: (deviceId) => (project ? intervalOf(project, deviceId) : defaultIntervalMs),
  };
}

/** A broker that is kept with the project. Throws vault.locked, vault.damaged, storage.not-found. */
export async function keptSource(
  env: SecretEnvironment,
  project: Project,
  broker: LiveBroker,
): Promise<LiveSource> {
  const password = await openSecretText(env, project.id, broker.passwordRecord);
  return {
    shareAs: `${project.id} ${broker.url} ${broker.username}`,
    url: broker.url,
    username: broker.username,
    password,
    topics: broker.topics,
    projectId: project.id,
    intervalMs: (deviceId) => intervalOf(project, deviceId),
  };
}

/** Throws live.plain-websocket, live.not-websocket, live.broker-address, live.topic-filter. */
export function checkedBrokerForm(form: BrokerForm): { readonly url: string; readonly topics: string[] } {
  return { url: urlOf(form), topics: topicsOf(form.topics) };
}

function urlOf({ host, port, path }: BrokerForm): string {
  const text = host.trim();
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === 'ws' || scheme === 'http') {
    throw new AppError('live.plain-websocket', { details: { host: text.replace(/^\w+:\/\//, '') } });
  }
  if (scheme === 'mqtt' || scheme === 'mqtts' || scheme === 'ssl' || scheme === 'tcp') {
    throw new AppError('live.not-websocket');
  }
  const isAddress = scheme === 'wss' || scheme === 'https';
  if (!isAddress && !/^[A-Za-z0-9._~:[\]-]{1,253}$/.test(text)) throw new AppError('live.broker-address');
  const typed = isAddress ? text.replace(/^\w+/, 'wss') : `wss://${bracketed(text)}:${port.trim() || '8884'}`;
  if (!URL.canParse(typed)) throw new AppError('live.broker-address');
  const url = new URL(typed);
  if (url.username !== '' || url.password !== '' || url.hostname === '')
    throw new AppError('live.broker-address');
  if (url.pathname === '/') url.pathname = path.trim().replace(/^\/*/, '/');
  url.hash = '';
  return url.href;
}

function topicsOf(text: string): string[] {
  const topics = [...new Set(text.split(/[\s,]+/).filter((topic) => topic !== ''))];
  if (topics.length === 0 || topics.includes('#')) return ['#'];
  const isFilter = (topic: string): boolean =>
    topic.length <= 256 &&
    topic
      .split('/')
      .every(
        (level, i, all) => level === '+' || (level === '#' && i === all.length - 1) || !/[+#]/.test(level),
      );
  const wrong = topics.find((topic) => !isFilter(topic)) ?? topics[maxTopics];
  if (wrong !== undefined)
    throw new AppError('live.topic-filter', { details: { topic: wrong.slice(0, 60) } });
  return topics;
}

function intervalOf(project: Project, deviceId: string): number {
  const sensor = project.devices.find((device) => device.id === deviceId)?.settings.sensor;
  // Without a sensor only `health` is heard, once a minute.
  return sensor && sensor.type !== 'none' ? sensor.everyS * 1000 : defaultIntervalMs;
}
