// SPDX-License-Identifier: Apache-2.0
//
// The driver's app below its screens, in a real browser against the real server: stored before sent, sent once, deleted only
// against the server's word.
import assert from 'node:assert/strict';
import {after, test} from 'node:test';
import {openBrowser} from '../browser/browser.js';
import {draw} from '../e2e/support/pictures.js';
import {patience, until} from '../e2e/support/server.js';
import {photoState, setStage, signIn} from '../e2e/support/world.js';
import {removeApp} from './support/app.js';
import {assertArrived, openPhone, picture, setOut} from './support/phone.js';
import {startProxy} from './support/proxy.js';

const stage = await setStage({after});
const {server, shipper, driver} = stage;
const browser = await openBrowser({after});
after(removeApp);

const UPLOADS = /^\/v1\/driver\/uploads/;
const isUpload = (method, path) => UPLOADS.test(path);
const LEFT = {kind: /** @type {const} */ ('delivered'), left_at: 'front_door'};

/** A phone that went out with deliveries, on a proxy of its own. */
async function out(t, count = 1, more = {}) {
    const proxy = await startProxy(t, server);
    const phone = await (await openPhone(t, browser, proxy)).begin();
    const ids = await setOut(phone, stage, count, more);
    proxy.seen.length = 0;
    return {proxy, phone, ids, id: ids[0]};
}

test('a delivery with its photo is stored, sent and gone from the phone', async (t) => {
    const {proxy, phone, id} = await out(t);
    await phone.capture(id, {...LEFT, photo: await picture(), place: {lat: 52.532, lon: 13.3849, accuracy: 8}});
    await phone.comes(id, 'sent');
    await photoState(shipper, id, 'posted');
    await assertArrived(shipper, id);
    assert.equal(await phone.pictures(), 0);
    assert.equal(proxy.requests('POST', /delivered$/).length, 1);
    assert.deepEqual(proxy.requests(undefined, UPLOADS).map(({method, status}) => `${method} ${status}`), ['POST 201', 'PATCH 204']);
    const {proof, photo} = await phone.stored(id);
    assert.deepEqual([proof, photo.state, photo.url, photo.place], [null, 'stored', null, null]);
    assert.deepEqual(phone.complaints, []);
});

test('a wrong PIN is asked for again; what is given then takes its place, and where nobody can ask it goes as it is', async (t) => {
    const robin = await signIn(server);
    const {proxy, phone, ids: [first, second]} = await out(t, 2, {recipient: {name: 'Robin Vale', email: robin.email}, photo: 'none'});
    const {json: {pin}} = await robin.client.get(`/v1/me/orders/${first}`, {status: 200});
    const give = (id, value) => phone.capture(id, {kind: 'delivered', left_at: 'handed_over', proof: {kind: 'pin', value}});
    const wrong = ['000000', '111111', '222222'].find((each) => each !== pin);
    const verified = async (id) => (({proof, proof_verified: told}) => [proof, told])((await shipper.client.get(`/v1/deliveries/${id}`, {status: 200})).json);
    await give(first, wrong);
    await phone.comes(first, 'pin');
    const stops = await phone.run((porch) => porch.store.stops());
    assert.notEqual(stops.find(({delivery_id: id}) => id === first).state, 'delivered', 'the stop looks over');
    await give(first, pin);
    await phone.comes(first, 'sent');
    assert.deepEqual(await verified(first), ['pin', true]);
    assert.equal((await phone.state()).waiting, 0);
    // Nobody is there any more.
    await give(second, `${wrong.slice(1)}9`);
    await phone.comes(second, 'pin');
    const {id} = await phone.act(second);
    await phone.run((porch, act) => porch.outbox.sendLate(act), id);
    await phone.comes(second, 'sent');
    assert.deepEqual(await verified(second), ['pin', false]);
    assert.deepEqual(proxy.requests('POST', /delivered$/).map(({status}) => status), [422, 200, 422, 200]);
    assert.doesNotMatch(JSON.stringify(await phone.run((porch) => porch.store.acts())), new RegExp(`${pin}|${wrong}`), 'a PIN stays on the phone');
    assert.deepEqual(phone.complaints, []);
});

test('nothing is requested before it is stored, nor while it can be undone', async (t) => {
    const {proxy, phone, id} = await out(t);
    await phone.run(async (porch, delivery) => { // a phone whose disk takes its time
        const put = IDBObjectStore.prototype.put;
        IDBObjectStore.prototype.put = function (...given) { globalThis.asked = performance.now(); return put.apply(this, given); };
        globalThis.acted = porch.outbox.capture(delivery, {kind: 'delivered', left_at: 'front_door', photo: await porch.drawn(7), undoMs: 700});
        await globalThis.acted;
    }, id);
    assert.equal((await phone.act(id)).state, 'undo');
    assert.equal((await phone.run((porch) => porch.store.stops())).find(({delivery_id: each}) => each === id).state, 'delivered', 'the stop looks open');
    assert.equal(await phone.pictures(), 1);
    assert.deepEqual(proxy.seen, [], 'something was sent that can still be undone');
    await phone.comes(id, 'sent');
});

test('an act that cannot be stored is an error, and nothing is sent', async (t) => {
    const {proxy, phone, id} = await out(t);
    const name = await phone.run(async (porch, delivery) => {
        const put = IDBObjectStore.prototype.put;
        IDBObjectStore.prototype.put = function (...given) { if (this.name === 'photos') throw new DOMException('full', 'QuotaExceededError'); return put.apply(this, given); };
        try {
            await porch.outbox.capture(delivery, {kind: 'delivered', left_at: 'front_door', photo: await porch.drawn(8)});
        } catch (error) {
            return error.constructor.name;
        } finally {
            IDBObjectStore.prototype.put = put;
        }
        return 'stored';
    }, id);
    assert.equal(name, 'StorageFull');
    assert.deepEqual([await phone.act(id), proxy.seen.length], [undefined, 0]);
});

test('what is undone in time never leaves the phone', async (t) => {
    const {proxy, phone, id} = await out(t);
    const act = await phone.capture(id, {...LEFT, photo: await picture(), undoMs: 30_000});
    assert.equal(await phone.run((porch, given) => porch.outbox.undo(given), act), true);
    assert.deepEqual([await phone.act(id), await phone.pictures(), proxy.seen.length], [undefined, 0, 0]);
    assert.equal((await phone.run((porch) => porch.store.stops())).find(({delivery_id: each}) => each === id).state, 'out_for_delivery');
    const again = await phone.capture(id, LEFT);
    await phone.comes(id, 'sent');
    assert.equal(await phone.run((porch, given) => porch.outbox.undo(given), again), false, 'it was undone after it was sent');
});

test('a double touch is one act', async (t) => {
    const {proxy, phone, id} = await out(t);
    const acts = await Promise.all([phone.capture(id, LEFT), phone.capture(id, LEFT)]);
    assert.equal(acts[0], acts[1]);
    await phone.comes(id, 'sent');
    assert.equal(proxy.requests('POST', /delivered$/).length, 1);
});

test('offline, everything waits in order; online again, it goes out in that order', async (t) => {
    const {proxy, phone, ids} = await out(t, 4);
    const back = proxy.play({on: () => true, drop: true});
    await phone.capture(ids[2], {...LEFT, photo: await picture()});
    await phone.capture(ids[0], {...LEFT, left_at: 'handed_over', proof: {kind: 'name', value: 'K. Vale'}});
    await phone.capture(ids[3], {kind: 'attempted', reason: 'nobody_home'});
    await phone.capture(ids[1], {...LEFT, photo: await picture()});
    await until(async () => !(await phone.state()).online, {what: 'the phone to know that it is offline'});
    const {waiting, acts} = await phone.state();
    assert.equal(waiting, 4);
    assert.ok(acts.every(({state}) => state === 'waiting' || state === 'sending'), JSON.stringify(acts));
    back();
    proxy.seen.length = 0;
    await phone.run((porch) => porch.outbox.kick('online'));
    for (const id of ids) await phone.comes(id, 'sent');
    const order = proxy.requests('POST', /(delivered|attempted)$/).map(({path}) => path.split('/')[4]);
    assert.deepEqual(order, [ids[2], ids[0], ids[3], ids[1]]);
    assert.equal((await phone.state()).online, true);
    assert.equal((await phone.stored(ids[0])).proof.value, null, 'the name is still on the phone');
    assert.equal(await phone.pictures(), 0);
});

test('an attempt is sent with its picture', async (t) => {
    const {phone, id} = await out(t);
    await phone.capture(id, {kind: 'attempted', reason: 'damaged', photo: await picture()});
    await phone.comes(id, 'sent');
    await photoState(shipper, id, 'posted');
    assert.equal((await shipper.client.get(`/v1/deliveries/${id}`, {status: 200})).json.state, 'attempted');
});

test('the photo of an attempt that is over by now is sent late, and counts for that attempt', async (t) => {
    const {proxy, phone, id} = await out(t);
    const free = proxy.play({on: isUpload, drop: true});
    await phone.capture(id, {kind: 'attempted', reason: 'no_access', photo: await picture()});
    await until(async () => (await phone.stored(id)).report === 'done', {what: 'the report'});
    await phone.run((porch) => porch.outbox.startRound());
    const stop = (await phone.run((porch) => porch.store.stops())).find(({delivery_id: each}) => each === id);
    assert.deepEqual([stop.attempt, stop.state], [2, 'out_for_delivery']);
    await phone.capture(id, {...LEFT, photo: await picture()});
    free();
    await phone.run((porch) => porch.outbox.kick('online'));
    await until(async () => (await phone.state()).waiting === 0, {what: 'everything to be sent'});
    await photoState(shipper, id, 'posted');
    assert.equal(await phone.pictures(), 0);
    const photos = (await phone.run((porch) => porch.store.acts())).filter(({delivery_id: each}) => each === id).map(({photo}) => [photo.attempt, photo.state]);
    assert.deepEqual(photos, [[1, 'stored'], [2, 'stored']]);
});

test('a report whose answer is lost is made again and counts once', async (t) => {
    const {proxy, phone, id} = await out(t);
    proxy.play({on: (method, path) => path.endsWith('/delivered'), loseAnswer: true, times: 2});
    await phone.capture(id, LEFT);
    await phone.comes(id, 'sent');
    assert.equal(proxy.requests('POST', /delivered$/).length, 3);
    const {json} = await shipper.client.get(`/v1/deliveries/${id}`, {status: 200});
    assert.equal(json.state, 'delivered');
});

test('delivering does not wait for the upload', async (t) => {
    const {proxy, phone, ids} = await out(t, 2);
    const free = proxy.play({on: isUpload, drop: true});
    await phone.capture(ids[0], {...LEFT, photo: await picture()});
    await phone.capture(ids[1], LEFT);
    await phone.comes(ids[1], 'sent');
    assert.equal((await shipper.client.get(`/v1/deliveries/${ids[0]}`, {status: 200})).json.state, 'delivered');
    assert.equal(await phone.pictures(), 1);
    free();
    await phone.run((porch) => porch.outbox.kick('online'));
    await phone.comes(ids[0], 'sent');
});

test('an upload that is cut goes on where it was, with its part told', async (t) => {
    const {proxy, phone, id} = await out(t);
    const photo = await draw({seed: 801, size: '1632x1224'});
    proxy.play({on: (method) => method === 'PATCH', cutAfter: 100_000, times: 2});
    await phone.capture(id, {...LEFT, photo});
    await phone.comes(id, 'sent');
    const offsets = proxy.requests('PATCH').map(({offset}) => Number(offset));
    assert.equal(offsets.length, 3);
    assert.ok(offsets[1] >= 60_000 && offsets[2] >= offsets[1] + 60_000, `it went on at ${offsets}`);
    assert.equal(proxy.requests('POST', UPLOADS).length, 1, 'it was created more than once');
});

test('a HEAD that fails behind a broken proxy does not start the upload again', async (t) => {
    const {proxy, phone, id} = await out(t);
    proxy.play({on: (method) => method === 'PATCH', cutAfter: 50_000, times: 1});
    proxy.play({on: (method) => method === 'HEAD', answer: {status: 502, headers: {'content-type': 'text/html'}, body: 'bad gateway'}, times: 1});
    proxy.play({on: (method) => method === 'HEAD', answer: {status: 404, headers: {'content-type': 'text/html'}}, times: 1});
    await phone.capture(id, {...LEFT, photo: await draw({seed: 802, size: '1024x768'})});
    await phone.comes(id, 'sent');
    const offsets = proxy.requests('PATCH').map(({offset}) => Number(offset));
    assert.equal(offsets.filter((offset) => offset === 0).length, 1, `it started again: ${offsets}`);
});

test('the answer to the last byte is lost: the receipt comes with HEAD', async (t) => {
    const {proxy, phone, id} = await out(t);
    proxy.play({on: (method) => method === 'PATCH', loseAnswer: true, times: 1});
    await phone.capture(id, {...LEFT, photo: await picture()});
    await phone.comes(id, 'sent');
    assert.deepEqual(proxy.requests(undefined, UPLOADS).map(({method}) => method), ['POST', 'PATCH', 'HEAD']);
});

test('busy servers and faults are met with patience, and hold up no other stop', async (t) => {
    const {proxy, phone, ids} = await out(t, 2);
    const problem = (status, slug) => ({status, headers: {'content-type': 'application/problem+json', 'retry-after': '1'}, body: JSON.stringify({type: `/problems/${slug}`, title: 'x', status, instance: 'req_x'})});
    proxy.play({on: (method, path) => path.endsWith('/delivered'), answer: problem(503, 'unavailable'), times: 1});
    const ill = proxy.play({on: (method, path) => path === `/v1/driver/stops/${ids[0]}/delivered`, answer: problem(500, 'internal')});
    await phone.capture(ids[0], LEFT);
    await phone.capture(ids[1], LEFT);
    await phone.comes(ids[1], 'sent');
    assert.equal((await phone.act(ids[0])).state, 'waiting');
    ill();
    await phone.run((porch) => porch.outbox.kick('online'));
    await phone.comes(ids[0], 'sent');
});

test('a report that contradicts what the server knows is refused, and says why', async (t) => {
    const {phone, id} = await out(t);
    await shipper.client.post(`/v1/deliveries/${id}/cancel`, undefined, {status: 200});
    await phone.capture(id, LEFT);
    assert.equal((await phone.comes(id, 'refused')).reason, 'wrong-state');
});

test('what was sent is forgotten when its stop is, and so is a picture that nobody can take again', async (t) => {
    const {proxy, phone, ids} = await out(t, 2);
    await phone.capture(ids[0], LEFT);
    await phone.capture(ids[1], {...LEFT, photo: Buffer.from('no picture')});
    await phone.comes(ids[0], 'sent');
    await phone.comes(ids[1], 'retake');
    const gone = proxy.play({on: (method, path) => path === '/v1/driver/stops', answer: {status: 200, headers: {'content-type': 'application/json'}, body: '{"items":[],"next":null}'}});
    await phone.run((porch) => porch.outbox.refresh());
    assert.deepEqual(await phone.run((porch) => porch.store.acts()), []);
    assert.equal(await phone.pictures(), 0);
    gone();
});

test('a proxy\'s own 404 is no refusal', async (t) => {
    const {proxy, phone, id} = await out(t);
    const astray = proxy.play({on: (method, path) => path.endsWith('/delivered'), answer: {status: 404, headers: {'content-type': 'text/html'}, body: 'not here'}});
    await phone.capture(id, LEFT);
    await until(() => proxy.requests('POST', /delivered$/).length > 0);
    assert.equal((await phone.act(id)).state, 'waiting');
    astray();
    await phone.run((porch) => porch.outbox.kick('online'));
    await phone.comes(id, 'sent');
});

test('a picture of one recipient\'s parcel is never stored for another', async (t) => {
    const {phone, ids} = await out(t, 2);
    const photo = await picture();
    await phone.capture(ids[0], {...LEFT, photo});
    await assert.rejects(phone.capture(ids[1], {...LEFT, photo}), /another recipient/);
    assert.equal(await phone.act(ids[1]), undefined);
});

test('where no photo may be taken none is stored', async (t) => {
    const {proxy, phone, id} = await out(t, 1, {photo: 'none'});
    await phone.capture(id, {...LEFT, photo: await picture(), undoMs: 300});
    assert.equal(await phone.pictures(), 0);
    await phone.comes(id, 'sent');
    assert.equal(proxy.requests(undefined, UPLOADS).length, 0);
});

test('a clock that is wrong by a day changes nothing but the gap', async (t) => {
    for (const day of [-86_400_000, 86_400_000]) {
        const proxy = await startProxy(t, server);
        const phone = await (await openPhone(t, browser, proxy)).begin(day);
        const [id] = await setOut(phone, stage);
        assert.ok(Math.abs((await phone.state()).clock_gap_ms - day) < 60_000);
        await phone.capture(id, {...LEFT, photo: await picture(), undoMs: 200});
        await phone.comes(id, 'sent');
        await photoState(shipper, id, 'posted');
    }
});

test('a clock set back while an act can be undone does not hold it for a day', async (t) => {
    const {phone, id} = await out(t);
    await phone.run((porch) => { porch.outbox.now = () => Date.now() + 86_400_000; });
    await phone.capture(id, {...LEFT, undoMs: 2000});
    await phone.run((porch) => { porch.outbox.now = Date.now; });
    await phone.comes(id, 'sent');
});

test('what waits goes out when the app comes to the front, without a word from the network', async (t) => {
    const {proxy, phone, id} = await out(t);
    const back = proxy.play({on: () => true, drop: true});
    await phone.capture(id, LEFT);
    await until(() => proxy.requests('POST', /delivered$/).length >= 4, {ms: 30_000, what: 'the phone to try and try again'}); // by its timer; now it waits some seconds
    back();
    const before = Date.now();
    await phone.page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await phone.comes(id, 'sent');
    assert.ok(Date.now() - before < 3000 * patience, 'only the timer sent it');
});

test('two tabs are one outbox', async (t) => {
    const {proxy, phone, ids} = await out(t, 3);
    const other = await phone.page.context().newPage();
    await other.goto(`${proxy.origin}/drive/engine.html`);
    await other.waitForFunction(() => 'porch' in globalThis);
    await other.evaluate(() => /** @type {any} */ (globalThis).porch.begin());
    for (const id of ids) await phone.capture(id, {...LEFT, photo: await picture()});
    for (const id of ids) await phone.comes(id, 'sent');
    assert.equal(proxy.requests('POST', /delivered$/).length, 3);
    assert.equal(proxy.requests('PATCH').length, 3);
    const acts = await other.evaluate(() => /** @type {any} */ (globalThis).porch.outbox.state().acts.map(({state}) => state));
    assert.deepEqual(acts, ['sent', 'sent', 'sent']);
});

test('a pairing code whose answer is lost pairs all the same, once', async (t) => {
    const proxy = await startProxy(t, server);
    const phone = await (await openPhone(t, browser, proxy)).begin();
    const {json} = await shipper.client.post(`/v1/drivers/${driver.id}/pairing-code`, undefined, {status: 201});
    proxy.play({on: (method, path) => path === '/v1/driver/pair', loseAnswer: true, times: 1});
    await assert.rejects(phone.pair(json.pairing_code), /offline/);
    await phone.pair(json.pairing_code);
    assert.equal((await phone.run((porch) => porch.store.device())).driver.id, driver.id);
    await assert.rejects(phone.pair('0000000000'), /bad-code/);

    const next = (await shipper.client.post(`/v1/drivers/${driver.id}/pairing-code`, undefined, {status: 201})).json.pairing_code;
    proxy.play({on: (method, path) => path === '/v1/driver/stops', drop: true});
    await phone.pair(next); // it is paired, whatever becomes of the stops
});
