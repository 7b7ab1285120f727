/**
 * The page without a network: answers from the copy of the page that this browser was told to use. A newer copy is
 * fetched beside it and used only when a person agrees. The build fills in VERSION and FILES (vite.config.ts).
 */
const VERSION = '__VERSION__';
const FILES = '__FILES__';
const prefix = 'signet-page-';
const choice = 'signet-page-choice';

async function chosenVersion() {
  const stored = await (await caches.open(choice)).match('chosen');
  return stored ? stored.text() : null;
}

async function choose(version) {
  await (await caches.open(choice)).put('chosen', new Response(version));
}

/** What neither the choice nor this worker needs; the copy before is kept a while, for tabs that still run it. */
async function forgetOthers() {
  const needed = [choice, prefix + VERSION, prefix + (await chosenVersion())];
  for (const name of await caches.keys())
    if (name.startsWith(prefix) && !needed.includes(name)) await caches.delete(name);
}

async function keepThisVersion() {
  const cache = await caches.open(prefix + VERSION);
  // Past the browser's own cache: a copy is whole or it is none.
  await cache.addAll(FILES.map((file) => new Request(file, { cache: 'reload' })));
  if ((await chosenVersion()) === null) await choose(VERSION);
  await forgetOthers();
  await self.skipWaiting();
}

async function answer(request) {
  const url = new URL(request.url);
  const page = url.pathname.endsWith('/') ? new Request(new URL('index.html', url)) : request;
  const version = await chosenVersion();
  const how = { ignoreVary: true, ignoreSearch: true };
  const kept = version && (await (await caches.open(prefix + version)).match(page, how));
  // A tab that runs the copy before still asks for its parts.
  return kept || (await caches.match(page, how)) || fetch(request);
}

self.addEventListener('install', (event) => event.waitUntil(keepThisVersion()));
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('fetch', (event) => {
  const isOurs = event.request.method === 'GET' && event.request.url.startsWith(self.registration.scope);
  if (isOurs) event.respondWith(answer(event.request));
});
/** `ask`: is there a newer copy than the one in use? `use`: from now on that one. */
self.addEventListener('message', (event) => {
  const [port] = event.ports;
  if (event.data === 'ask') void chosenVersion().then((version) => port.postMessage(version !== VERSION));
  if (event.data === 'use') void choose(VERSION).then(() => port.postMessage(true));
});
