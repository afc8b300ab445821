// SPDX-License-Identifier: Apache-2.0
//
// The phone is reloaded, its browser killed, and the server killed, at each step of a delivery's way: nothing is lost, nothing
// counts twice, and an upload goes on where it was.
import assert from 'node:assert/strict';
import {after, test} from 'node:test';
import {openBrowser} from '../browser/browser.js';
import {draw} from '../e2e/support/pictures.js';
import {until} from '../e2e/support/server.js';
import {nextSeed, photoState, setStage} from '../e2e/support/world.js';
import {removeApp} from './support/app.js';
import {assertArrived, openPhone, OwnPhone, setOut} from './support/phone.js';
import {startProxy} from './support/proxy.js';

const stage = await setStage({after});
const {server, shipper} = stage;
const browser = await openBrowser({after});
after(removeApp);

const LEFT = {kind: /** @type {const} */ ('delivered'), left_at: 'front_door'};
const photoOf = () => draw({seed: nextSeed(), size: '1024x768'});
const never = () => new Promise(() => {});

/** Where a phone can be struck: what the proxy does when the moment is there. `done` tells it. */
const MOMENTS = {
    'stored, and nothing sent yet': (proxy, done) => proxy.play({on: () => true, before: () => { done(); return never(); }}),
    'the report has arrived, its answer has not': (proxy, done) => proxy.play({on: (method, path) => path.endsWith('/delivered'), alter: (headers) => { setTimeout(done, 0); return headers; }}),
    'the upload is begun': (proxy, done) => proxy.play({on: (method) => method === 'PATCH', before: () => { done(); return never(); }}),
    'half of the picture is there': (proxy, done) => proxy.play({on: (method) => method === 'PATCH', cutAfter: 40_000, before: () => { setTimeout(done, 100); }}),
    'the whole picture is there, the receipt is not': (proxy, done) => proxy.play({on: (method) => method === 'PATCH', loseAnswer: true, before: () => { setTimeout(done, 60); }}),
};

/** After any strike: everything has arrived, once; nothing is left on the phone. */
async function assertWhole(phone, proxy, id) {
    await phone.comes(id, 'sent');
    await photoState(shipper, id, 'posted');
    await assertArrived(shipper, id);
    assert.equal(await phone.pictures(), 0);
    const offsets = proxy.requests('PATCH').filter(({sent}) => sent > 0).map(({offset}) => Number(offset));
    assert.ok(offsets.filter((offset) => offset === 0).length <= 1, `it started again: ${offsets}`);
    const {json} = await shipper.client.get(`/v1/deliveries/${id}`, {status: 200});
    assert.equal(json.photo.flags.includes('repeated'), false);
}

for (const [name, strike] of Object.entries(MOMENTS)) {
    test(`reloaded when: ${name}`, async (t) => {
        const proxy = await startProxy(t, server);
        const phone = await (await openPhone(t, browser, proxy)).begin();
        const [id] = await setOut(phone, stage);
        proxy.seen.length = 0;
        let struck = false;
        const end = strike(proxy, () => { struck = true; });
        await phone.capture(id, {...LEFT, photo: await photoOf()});
        await until(() => struck, {what: name});
        await phone.page.reload();
        end();
        await phone.begin();
        await assertWhole(phone, proxy, id);
    });
}

test('the browser is killed at each of these moments', async (t) => {
    const proxy = await startProxy(t, server);
    const own = new OwnPhone(t, proxy);
    for (const [name, strike] of Object.entries(MOMENTS)) {
        await t.test(name, async () => {
            let phone = await (await own.start()).begin();
            const [id] = await setOut(phone, stage);
            proxy.seen.length = 0;
            let struck = false;
            const end = strike(proxy, () => { struck = true; });
            await phone.capture(id, {...LEFT, photo: await photoOf()});
            await until(() => struck, {what: name});
            await own.kill();
            end();
            phone = await (await own.start()).begin();
            await assertWhole(phone, proxy, id);
            await own.kill();
        });
    }
});

test('a phone whose battery dies right after the shutter has the picture', async (t) => {
    const proxy = await startProxy(t, server);
    const own = new OwnPhone(t, proxy);
    let phone = await (await own.start()).begin();
    const ids = await setOut(phone, stage, 2);
    const back = proxy.play({on: () => true, drop: true});
    await phone.capture(ids[0], {...LEFT, photo: await photoOf(), undoMs: 5000});
    await own.kill();
    phone = await (await own.start()).begin();
    assert.equal(await phone.pictures(), 1);
    back();
    await phone.run((porch) => porch.outbox.kick('online'));
    await phone.comes(ids[0], 'sent');
    await photoState(shipper, ids[0], 'posted');
});

test('the server is killed in the middle of an upload, and of a report', async (t) => {
    const proxy = await startProxy(t, server);
    const phone = await (await openPhone(t, browser, proxy)).begin();
    const ids = await setOut(phone, stage, 2);
    proxy.seen.length = 0;
    const cdp = await phone.page.context().newCDPSession(phone.page);
    const network = (uploadThroughput) => cdp.send('Network.emulateNetworkConditions', {offline: false, latency: 0, downloadThroughput: -1, uploadThroughput});
    await network(150_000);
    await phone.capture(ids[0], {...LEFT, photo: await draw({seed: nextSeed(), size: '1632x1224'})});
    await until(() => proxy.requests('PATCH').some(({sent}) => sent > 120_000), {what: 'a part of the picture'});
    const {progress, state} = await phone.act(ids[0]);
    assert.ok(state === 'sending' && progress > 0 && progress < 1, `${state} ${progress}`);
    await server.kill();
    await until(async () => !(await phone.state()).online, {what: 'the phone to notice'});
    await phone.capture(ids[1], LEFT);
    await network(-1);
    await server.start();
    await phone.run((porch) => porch.outbox.kick('online'));
    await phone.comes(ids[1], 'sent');
    await assertWhole(phone, proxy, ids[0]);
    const offsets = proxy.requests('PATCH').map(({offset}) => Number(offset));
    assert.ok(offsets.at(-1) > 0, `it went on at ${offsets}`);
});
