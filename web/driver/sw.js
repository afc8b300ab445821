// SPDX-License-Identifier: Apache-2.0
//
// The service worker: the app opens without a network, from the files that were fetched with this version of it, and what
// waits is sent when the network is back, even while the app is closed (where the browser has Background Sync).
//
// It answers for the app's own files and for nothing else: no request of the API ever passes through it, so no stop, token or
// picture can come to lie in a cache. NEEDED, REST and VERSION are build.js's. What is needed (every script, as a camera that
// opens only with a network is none) is fetched before the worker counts as installed; the rest (the scanner's wasm, other
// languages, icons) when the app asks for it, and at the latest when it is used. The files of the version before stay, for an
// app that was opened with it.
import * as api from './api.js';
import {Outbox} from './outbox.js';
import {open} from './store.js';

/** @typedef {Event & {waitUntil: (work: Promise<any>) => void, respondWith: (response: Promise<Response>) => void, request: Request, data: any, tag: string, lastChance: boolean}} WorkerEvent */
/** @type {{skipWaiting: () => void, clients: {claim: () => Promise<void>}, addEventListener: (type: string, fn: (event: WorkerEvent) => void) => void, location: Location}} */
const worker = /** @type {any} */ (self);

const HOME = '/drive/';
const PREFIX = 'porchlight-drive-';
const CACHE = PREFIX + VERSION;
const FILES = new Set([...NEEDED, ...REST]);

/** Past the browser's own cache where a name has no hash. @param {string} path */
const fresh = (path) => new Request(path, {cache: path === HOME || path.endsWith('.webmanifest') ? 'reload' : 'default', credentials: 'omit'});

worker.addEventListener('install', (event) => {
    event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(NEEDED.map(fresh))));
});

worker.addEventListener('activate', (event) => {
    event.waitUntil((async () => {
        const older = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
        for (const name of older.slice(0, -1)) await caches.delete(name);
        await worker.clients.claim();
    })());
});

worker.addEventListener('message', (event) => {
    if (event.data === 'take over') worker.skipWaiting();
    if (event.data === 'fetch the rest') event.waitUntil(fetchRest());
});

/** One after the other, so that it does not stand in the way of what the driver does; what cannot be had now is tried next time. */
async function fetchRest() {
    const cache = await caches.open(CACHE);
    for (const path of REST) {
        try {
            if (!await cache.match(path)) await cache.add(fresh(path));
        } catch {
            return;
        }
    }
}

worker.addEventListener('fetch', (event) => {
    const {request} = event;
    const {origin, pathname} = new URL(request.url);
    if (request.method !== 'GET' || origin !== worker.location.origin || !pathname.startsWith(HOME)) return;
    if (pathname !== HOME || request.mode === 'navigate') event.respondWith(fromCache(pathname, request));
});

/** From this version's files, else the older one's, else the network. @param {string} path @param {Request} request */
async function fromCache(path, request) {
    const cache = await caches.open(CACHE);
    const found = await cache.match(path) ?? await caches.match(path);
    if (found) return found;
    const response = await fetch(request);
    if (response.ok && FILES.has(path)) await cache.put(path, response.clone());
    return response;
}

worker.addEventListener('sync', (event) => {
    if (event.tag !== 'outbox') return;
    event.waitUntil((async () => {
        const store = await open();
        try {
            const done = await new Outbox({store, api}).drain();
            if (!done && !event.lastChance) throw new Error('something is left'); // the browser will try again
        } finally {
            store.close();
        }
    })());
});
