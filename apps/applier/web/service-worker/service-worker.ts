/**
 * Keeps the page for when there is no network. All files of a build lie in a cache of their own, named after it: a new
 * build is taken only when all of its files are there, and then as a whole. What is under `assets/` bears a hash in its
 * name and never changes; so files that two builds share are copied, not loaded again.
 *
 * That a page is isolated by the headers of its service worker is an idea of coi-serviceworker (Guido Zuidhof).
 */
import { hasRelaxedSimd } from '@diffprune/inference-kernels';
import type { StartModels } from '../src/start-models.ts';

declare const self: ServiceWorkerGlobalScope;
/** The build that this worker is of, set when it is built: its files and the hashes of their content. */
declare const BUILD: { readonly id: string; readonly files: Readonly<Record<string, string>> };

const prefix = `diffprune ${self.registration.scope} `;
const cacheName = prefix + BUILD.id;
const scope = self.registration.scope;
const models = new URL('models.json', scope).href;
/** Kernels that this browser does not run, and what stands in for `crypto.subtle`, which is there where this worker is. */
const unused = hasRelaxedSimd()
  ? /^assets\/(plain|shared|sha256)-/
  : /^assets\/(plainRelaxed|sharedRelaxed|sha256)-/;
const files = new Map(
  Object.entries(BUILD.files)
    .filter(([file]) => !unused.test(file))
    .map(([file, hash]) => [new URL(file, scope).href, hash]),
);

self.addEventListener('install', (event) => event.waitUntil(install()));
self.addEventListener('activate', (event) => event.waitUntil(activate()));
self.addEventListener('message', ({ data }) => {
  if (data === 'activate') void self.skipWaiting();
});
self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET') return;
  const url = new URL(request.url);
  url.hash = url.search = '';
  if (request.mode === 'navigate' && url.href === `${scope}index.html`) url.href = scope;
  if (files.has(url.href) || url.href === models || isAsset(url.href)) {
    event.respondWith(kept(url.href, request));
  }
});

const isAsset = (url: string): boolean => url.startsWith(`${scope}assets/`);

async function install(): Promise<void> {
  const cache = await caches.open(cacheName);
  const add = async (url: string, integrity?: string): Promise<void> => {
    const old = isAsset(url) ? await caches.match(url) : undefined;
    if (old !== undefined) return cache.put(url, old);
    const mode = isAsset(url) ? 'default' : 'no-cache';
    await cache.add(new Request(url, { cache: mode, ...(integrity && { integrity }) }));
  };
  const models = await keepModels(cache);
  await Promise.all([
    ...Array.from(files, ([url, hash]) => add(url, hash)),
    ...models.map((url) => add(url)),
  ]);
}

/** Keeps what the page starts with, unless it may be another thing tomorrow. @returns the files that it names */
async function keepModels(cache: Cache): Promise<string[]> {
  const answer = await fetch(models, { cache: 'no-cache' });
  if (!answer.ok) throw new Error(`${models}: ${answer.status}`);
  if (answer.headers.get('cache-control')?.includes('no-store')) return [];
  await cache.put(models, answer.clone());
  const { base, diffs } = (await answer.json()) as StartModels;
  const urls = [...base.files.map((file) => base.url + file), ...diffs.map(({ url }) => url)];
  return urls.map((url) => new URL(url, scope).href);
}

async function activate(): Promise<void> {
  for (const name of await caches.keys()) {
    if (name.startsWith(prefix) && name !== cacheName) await caches.delete(name);
  }
  await self.clients.claim();
}

/** A file of the build; what is not kept comes from the network. */
async function kept(url: string, request: Request): Promise<Response> {
  const answer = (await (await caches.open(cacheName)).match(url)) ?? (await fetch(request));
  return isolated(answer);
}

/**
 * Threads need an isolated page; not every host can be told to send what makes it one. As a blob, an answer needs this
 * worker no longer: one that is streamed would keep a new build waiting.
 */
async function isolated(answer: Response): Promise<Response> {
  const { status, statusText, headers } = answer;
  const all = new Headers(headers);
  all.set('cross-origin-opener-policy', 'same-origin');
  all.set('cross-origin-embedder-policy', 'require-corp');
  return new Response(await answer.blob(), { status, statusText, headers: all });
}
