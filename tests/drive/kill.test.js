// SPDX-License-Identifier: Apache-2.0
//
// The phone is reloaded, its browser killed, and the server killed, at each step of a delivery's way: nothing is lost, nothing
// counts twice, and an upload goes on where it was.
import assert from 'node:assert/strict';
import {readdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {openBrowser} from '../browser/browser.js';
import {sql} from '../e2e/support/insides.js';
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

/** What a server is doing when it is killed: a request has come and is not looked at yet, is half read, or its answer is lost. */
const WORK = {
    'a report has come': {on: (method, path) => path.endsWith('/delivered')},
    'a report is recorded, its answer lost': {on: (method, path) => path.endsWith('/delivered'), loseAnswer: true},
    'an upload is to begin': {on: (method) => method === 'POST'},
    'an upload is begun, its answer lost': {on: (method, path) => path.endsWith('/uploads'), loseAnswer: true},
    'the picture is to come': {on: (method) => method === 'PATCH'},
    'half of the picture has come': {on: (method) => method === 'PATCH', cutAfter: 40_000},
    'the picture is whole, its receipt lost': {on: (method) => method === 'PATCH' || method === 'HEAD', loseAnswer: true},
};

test('the server is killed at each of its steps', async (t) => {
    const proxy = await startProxy(t, server);
    const phone = await (await openPhone(t, browser, proxy)).begin();
    for (const [name, trick] of Object.entries(WORK)) {
        await t.test(name, async () => {
            const [id] = await setOut(phone, stage);
            proxy.seen.length = 0;
            const early = !trick.loseAnswer && !trick.cutAfter;
            let struck = false;
            const end = proxy.play({...trick, before: async () => {
                if (early) await server.kill();
                struck = true;
            }});
            await phone.capture(id, {...LEFT, photo: await photoOf()});
            await until(() => struck, {what: name});
            if (!early) {
                await until(async () => !(await phone.state()).online, {what: 'the phone to notice'});
                await server.kill();
            }
            end();
            proxy.seen.length = 0; // what was sent to a dead server counts for nothing
            await server.start();
            await phone.run((porch) => porch.outbox.kick('online'));
            await assertWhole(phone, proxy, id);
        });
    }
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

// ---- what the server loses ----

/** What a server can lose of an upload, and what it says of it afterwards. */
const LOSSES = {
    'the bytes that had come': {status: 410, lose: async () => {
        await server.kill();
        const folder = join(server.data, 'intake');
        for (const name of await readdir(folder)) await rm(join(folder, name), {recursive: true});
        await server.start();
    }},
    'everything of the upload, as an older backup has it': {status: 404, lose: async () => {
        await server.kill();
        await sql(server, 'delete from upload');
        await server.start();
    }},
};

for (const [name, {status, lose}] of Object.entries(LOSSES)) {
    test(`the server has lost ${name}: the upload is begun anew, and nothing is lost`, async (t) => {
        const proxy = await startProxy(t, server);
        const phone = await (await openPhone(t, browser, proxy)).begin();
        const [id] = await setOut(phone, stage);
        proxy.seen.length = 0;
        proxy.play({on: (method) => method === 'PATCH', cutAfter: 60_000, times: 1});
        await phone.capture(id, {...LEFT, photo: await photoOf()});
        await until(() => proxy.requests('PATCH').some(({sent}) => sent > 50_000), {what: 'a part of the picture'});
        const back = proxy.play({on: () => true, drop: true});
        await until(async () => !(await phone.state()).online, {what: 'the phone to notice'});
        await lose();
        proxy.seen.length = 0;
        back();
        await phone.run((porch) => porch.outbox.kick('online'));
        await phone.comes(id, 'sent');
        await photoState(shipper, id, 'posted');
        await assertArrived(shipper, id);
        assert.equal(await phone.pictures(), 0);
        const uploads = proxy.requests(undefined, /^\/v1\/driver\/uploads/).map(({method, status: said, offset}) => [method, said, offset]);
        assert.deepEqual(uploads, [['HEAD', status, undefined], ['POST', 201, undefined], ['PATCH', 204, '0']]);
    });
}

test('the server loses a whole picture that it has only a pending receipt for: the phone still has it, and sends it again', async (t) => {
    const own = await setStage(t, {intake: {verdict_wait_ms: 0}});
    const proxy = await startProxy(t, own.server);
    const phone = await (await openPhone(t, browser, proxy)).begin();
    const [id] = await setOut(phone, own);
    const hold = proxy.play({on: (method) => method === 'HEAD', answer: {status: 503}});
    await phone.capture(id, {...LEFT, photo: await photoOf()});
    await until(async () => (await phone.stored(id))?.photo.state === 'pending', {what: 'a pending receipt'});
    await photoState(own.shipper, id, 'posted');
    assert.equal(await phone.pictures(), 1, 'the picture is gone before the verdict');
    await own.server.kill();
    await sql(own.server, "update photo set state = 'missing', reason = 'staging_lost'");
    await sql(own.server, "update delivery set photo_state = 'missing', photo_reason = 'staging_lost'");
    await own.server.start();
    proxy.seen.length = 0;
    hold();
    await phone.run((porch) => porch.outbox.kick('online'));
    await until(() => proxy.requests('PATCH').some(({status}) => status === 204), {what: 'the picture to be sent again'});
    await photoState(own.shipper, id, 'posted');
    await phone.run((porch) => porch.outbox.kick('online'));
    await phone.comes(id, 'sent');
    assert.equal(await phone.pictures(), 0);
    assert.equal(proxy.requests('HEAD')[0].status, 410);
});
