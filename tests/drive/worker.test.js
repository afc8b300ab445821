// SPDX-License-Identifier: Apache-2.0
//
// The service worker: the app opens without a network, what waits is sent while it is closed, and no request of the API ever
// passes through it.
import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {openBrowser} from '../browser/browser.js';
import {until} from '../e2e/support/server.js';
import {photoState, setStage} from '../e2e/support/world.js';
import {appFolder, removeApp} from './support/app.js';
import {openPhone, picture, setOut} from './support/phone.js';
import {startProxy} from './support/proxy.js';

const stage = await setStage({after});
const browser = await openBrowser({after});
after(removeApp);

/** A phone whose worker is in charge. */
async function installed(t) {
    const proxy = await startProxy(t, stage.server);
    const phone = await (await openPhone(t, browser, proxy)).begin();
    await phone.run(async (porch) => {
        await porch.registerWorker();
        await navigator.serviceWorker.ready;
    });
    await phone.page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    return {proxy, phone};
}

/** The worker's registration, for the browser's tools. @param {import('./support/phone.js').Phone} phone */
async function registration(phone) {
    const cdp = await phone.page.context().newCDPSession(phone.page);
    const found = new Promise((done) => cdp.on('ServiceWorker.workerRegistrationUpdated', ({registrations}) => { if (registrations.length > 0) done(registrations[0].registrationId); }));
    await cdp.send('ServiceWorker.enable');
    return {cdp, id: await found};
}

test('the app opens without a network, whole, once it was here', async (t) => {
    const {proxy, phone} = await installed(t);
    const cached = () => phone.run(async () => {
        const [name] = await caches.keys();
        return (await (await caches.open(name)).keys()).map(({url}) => new URL(url).pathname);
    });
    const {files} = JSON.parse(await readFile(join(await appFolder(), 'manifest.json'), 'utf8'));
    await until(async () => (await cached()).length === files.length - 1, {what: 'every file but the worker in the cache'});
    assert.ok((await cached()).every((path) => path.startsWith('/drive/')));
    const asked = [];
    phone.page.on('requestfailed', (request) => asked.push(request.url()));
    proxy.close();
    await phone.page.goto(`${proxy.origin}/drive/`);
    await phone.page.locator('#app > *').first().waitFor();
    assert.deepEqual(asked.filter((url) => url.includes('/drive/')), []);
    assert.deepEqual(phone.complaints, []);
});

test('what waits is sent by the worker while the app is closed', async (t) => {
    const {proxy, phone} = await installed(t);
    const [id] = await setOut(phone, stage);
    const {cdp, id: registrationId} = await registration(phone);
    const back = proxy.play({on: () => true, drop: true});
    await phone.capture(id, {kind: 'delivered', left_at: 'front_door', photo: await picture()});
    await phone.run((porch) => { porch.outbox.stop(); porch.store.close(); }); // as good as closed: nothing in the page sends
    back();
    proxy.seen.length = 0;
    await cdp.send('ServiceWorker.dispatchSyncEvent', {origin: proxy.origin, registrationId, tag: 'outbox', lastChance: false});
    await photoState(stage.shipper, id, 'posted');
    const {json} = await stage.shipper.client.get(`/v1/deliveries/${id}`, {status: 200});
    assert.equal(json.state, 'delivered');
    await phone.begin();
    await phone.comes(id, 'sent');
    assert.equal(await phone.pictures(), 0);
    assert.equal(proxy.requests('PATCH').length, 1);
});

test('nothing of the API comes to lie in a cache, nor does the worker answer for it', async (t) => {
    const {phone} = await installed(t);
    const [id] = await setOut(phone, stage);
    await phone.capture(id, {kind: 'delivered', left_at: 'front_door', photo: await picture()});
    await phone.comes(id, 'sent');
    const found = await phone.run(async (porch) => {
        const {token} = await porch.store.device();
        const response = await fetch('/v1/driver/stops', {headers: {authorization: `Bearer ${token}`}});
        await response.json();
        const [entry] = performance.getEntriesByType('resource').filter(({name}) => name.endsWith('/v1/driver/stops')).slice(-1);
        const dump = await porch.dump();
        return {startedWorker: /** @type {PerformanceResourceTiming} */ (entry).workerStart, dump};
    });
    assert.deepEqual(found.dump.filter(({where, text}) => where.startsWith('cache') && text.includes('/v1/')), []);
    assert.deepEqual(phone.complaints, []);
});

test('a new version waits for the next start, and leaves nothing but the one before it', async (t) => {
    const {proxy, phone} = await installed(t);
    const names = () => phone.page.evaluate(() => caches.keys()).catch(() => /** @type {string[]} */ ([])); // the page may be reloading
    const [old] = await names();
    const {cdp} = await registration(phone);
    let before = old;
    for (const version of ['newer', 'newest']) {
        const name = `porchlight-drive-${version}`;
        proxy.edit = (path, bytes) => (path === '/drive/sw.js' ? Buffer.from(bytes.toString().replaceAll(old.split('-').at(-1), version)) : bytes);
        await phone.page.evaluate(async () => { await (await navigator.serviceWorker.getRegistration()).update(); });
        await phone.page.waitForFunction(async () => (await navigator.serviceWorker.getRegistration()).waiting !== null);
        assert.ok((await names()).includes(before), 'the old version is gone while it is used');
        await until(async () => { // Chromium lets a worker idle for half a minute before another takes over: it is ended here
            await phone.page.goto(`${proxy.origin}/drive/`).catch(() => {}); // reloaded meanwhile, by the new version
            await phone.page.locator('#app > *').first().waitFor();
            await phone.page.waitForTimeout(300);
            await cdp.send('ServiceWorker.stopAllWorkers');
            await phone.page.waitForTimeout(200);
            return (await names()).join() === `${before},${name}`;
        }, {what: `${before} and ${name} alone`, ms: 20_000});
        before = name;
    }
});
