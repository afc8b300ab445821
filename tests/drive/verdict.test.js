// SPDX-License-Identifier: Apache-2.0
//
// What frees a picture on the phone, and what does not: receipts and refusals, forged, foreign and true; verdicts that come late
// or send the driver back to the camera; a phone that is shut out; a phone that is full. And after that the picture is nowhere.
import assert from 'node:assert/strict';
import {after, test} from 'node:test';
import {openBrowser} from '../browser/browser.js';
import {draw} from '../e2e/support/pictures.js';
import {until} from '../e2e/support/server.js';
import {addDelivery, addDriver, addShipper, photoState, setStage, signIn} from '../e2e/support/world.js';
import {removeApp} from './support/app.js';
import {openPhone, OwnPhone, picture, setOut} from './support/phone.js';
import {startProxy} from './support/proxy.js';

const stage = await setStage({after});
const {server, shipper} = stage;
const browser = await openBrowser({after});
after(removeApp);

const UPLOADS = /^\/v1\/driver\/uploads/;
const isUpload = (method, path) => UPLOADS.test(path);
const LEFT = {kind: /** @type {const} */ ('delivered'), left_at: 'front_door'};

async function out(t, count = 1, more = {}, on = stage) {
    const proxy = await startProxy(t, on.server);
    const phone = await (await openPhone(t, browser, proxy)).begin();
    const ids = await setOut(phone, on, count, more);
    proxy.seen.length = 0;
    return {proxy, phone, ids, id: ids[0]};
}

const kick = (phone) => phone.run((porch) => porch.outbox.kick('online'));

// ---- receipts ----

const FORGERIES = {
    'none at all': (headers) => ({...headers, 'porchlight-receipt': undefined}),
    'another text under the signature': (headers) => {
        const [text, signature] = headers['porchlight-receipt'].split('.');
        const other = Buffer.from(Buffer.from(text, 'base64url').toString().replace(/captured_at \d{4}/, 'captured_at 2001')).toString('base64url');
        return {...headers, 'porchlight-receipt': `${other}.${signature}`};
    },
    'another signature': (headers) => ({...headers, 'porchlight-receipt': `${headers['porchlight-receipt'].split('.')[0]}.${'A'.repeat(86)}`}),
    'no receipt': (headers) => ({...headers, 'porchlight-receipt': 'yes'}),
};

for (const [name, forge] of Object.entries(FORGERIES)) {
    test(`the copy stays for a receipt that is forged: ${name}`, async (t) => {
        const {proxy, phone, id} = await out(t);
        const alter = (headers) => Object.fromEntries(Object.entries(headers['porchlight-receipt'] ? forge(headers) : headers).filter(([, value]) => value !== undefined));
        const honest = proxy.play({on: isUpload, alter});
        await phone.capture(id, {...LEFT, photo: await picture()});
        await photoState(shipper, id, 'posted');
        await until(() => proxy.requests('PATCH').some(({status}) => status === 204));
        await phone.page.waitForTimeout(150);
        assert.equal(await phone.pictures(), 1, 'it was deleted');
        assert.notEqual((await phone.act(id)).state, 'sent');
        honest();
        await kick(phone);
        await phone.comes(id, 'sent');
        assert.equal(await phone.pictures(), 0);
    });
}

test('the copy stays for a true receipt of another delivery', async (t) => {
    const {proxy, phone, ids} = await out(t, 2);
    let receipt;
    const keep = proxy.play({on: (method) => method === 'PATCH', alter: (headers) => { receipt = headers['porchlight-receipt']; return headers; }});
    await phone.capture(ids[0], {...LEFT, photo: await picture()});
    await phone.comes(ids[0], 'sent');
    keep();
    const honest = proxy.play({on: isUpload, alter: (headers) => (headers['porchlight-receipt'] ? {...headers, 'porchlight-receipt': receipt} : headers)});
    await phone.capture(ids[1], {...LEFT, photo: await picture()});
    await photoState(shipper, ids[1], 'posted');
    await phone.page.waitForTimeout(200);
    assert.equal(await phone.pictures(), 1, 'it was deleted');
    honest();
    await kick(phone);
    await phone.comes(ids[1], 'sent');
});

test('a refusal that nobody signed frees nothing', async (t) => {
    const {proxy, phone, id} = await out(t);
    const body = JSON.stringify({type: '/problems/photo-declined', title: 'x', status: 403, instance: 'req_x'});
    const honest = proxy.play({on: isUpload, answer: {status: 403, headers: {'content-type': 'application/problem+json'}, body}});
    await phone.capture(id, {...LEFT, photo: await picture()});
    await until(() => proxy.requests('POST', UPLOADS).length > 0);
    await phone.page.waitForTimeout(150);
    assert.equal(await phone.pictures(), 1);
    honest();
    await kick(phone);
    await phone.comes(id, 'sent');
});

test('receipts are checked without the browser\'s Ed25519 too', async (t) => {
    const {phone, id} = await out(t);
    await phone.run(() => {
        const {importKey} = crypto.subtle;
        crypto.subtle.importKey = /** @type {any} */ (function (format, key, algorithm, ...rest) {
            if (/** @type {any} */ (algorithm).name === 'Ed25519') throw new DOMException('what is that?', 'NotSupportedError');
            return importKey.call(this, format, key, algorithm, ...rest);
        });
    });
    await phone.capture(id, {...LEFT, photo: await picture()});
    await phone.comes(id, 'sent');
    assert.equal(await phone.pictures(), 0);
});

// ---- refusals ----

test('a recipient who refuses while the phone is offline: the signed refusal frees the picture, unseen', async (t) => {
    const robin = await signIn(server);
    const {proxy, phone} = await out(t);
    const {id} = await addDelivery(shipper, robin.email, {driver_id: stage.driver.id});
    await phone.run((porch) => porch.outbox.startRound());
    const back = proxy.play({on: () => true, drop: true});
    await phone.capture(id, {...LEFT, photo: await picture()});
    await robin.client.post(`/v1/me/orders/${id}/refuse-photo`, undefined, {status: 200});
    back();
    await kick(phone);
    assert.equal((await phone.comes(id, 'refused')).reason, 'declined');
    assert.equal(await phone.pictures(), 0);
    assert.equal(proxy.requests('PATCH').length, 0, 'the picture was sent');
});

test('a delivery that became confidential, and takes no photos then, is refused with a signature', async (t) => {
    const other = await addShipper(server);
    await other.client.put('/v1/shipper/settings', {confidential_photos: 'do_not_take'}, {status: 200});
    const {proxy, phone, id} = await out(t, 1, {}, {...stage, shipper: other, driver: await addDriver(server, other)});
    const back = proxy.play({on: () => true, drop: true});
    await phone.capture(id, {...LEFT, photo: await picture()});
    await other.client.patch(`/v1/deliveries/${id}`, {confidential: 'protected'}, {status: 200});
    back();
    await kick(phone);
    assert.equal((await phone.comes(id, 'refused')).reason, 'unwanted');
    assert.equal(await phone.pictures(), 0);
});

test('a phone that was revoked loses its pictures by signed refusals and its round at once; its reports go out when it is paired again', async (t) => {
    const driver = await addDriver(server, shipper);
    const {proxy, phone, ids} = await out(t, 2, {}, {...stage, driver});
    const back = proxy.play({on: () => true, drop: true});
    await phone.capture(ids[0], {...LEFT, photo: await picture()});
    await shipper.client.post(`/v1/drivers/${driver.id}/revoke`, undefined, {status: 200});
    back();
    await kick(phone);
    await until(async () => (await phone.state()).ended === 'revoked', {what: 'the phone to know that it is revoked'});
    await until(async () => await phone.pictures() === 0, {what: 'the picture to go'});
    assert.equal((await phone.stored(ids[0])).photo.reason, 'revoked');
    assert.deepEqual(await phone.run((porch) => porch.store.stops()), []);
    await phone.run((porch) => porch.outbox.unpair());
    const next = await setOut(phone, stage);
    await phone.capture(next[0], LEFT);
    await phone.comes(next[0], 'sent');
    const text = JSON.stringify(await phone.run((porch) => porch.dump()));
    assert.ok(text.includes(ids[0]), 'the report of the other driver was forgotten');
});

// ---- verdicts ----

test('a picture that will not do brings the driver back to the camera, and the next one counts', async (t) => {
    const {proxy, phone, id} = await out(t);
    const act = await phone.capture(id, {...LEFT, photo: Buffer.from('this is not a photo, whatever it says')});
    const view = await phone.comes(id, 'retake');
    assert.equal(view.reason, 'not_jpeg');
    assert.equal(view.can_send_anyway, false);
    assert.equal((await shipper.client.get(`/v1/deliveries/${id}`, {status: 200})).json.state, 'delivered', 'the report waited');
    await phone.run(async (porch, given) => porch.outbox.retake(given, {photo: await porch.drawn(31)}), act);
    await phone.comes(id, 'sent');
    await photoState(shipper, id, 'posted');
    assert.equal(await phone.pictures(), 0);
    assert.equal(proxy.requests('POST', /delivered$/).length, 1);
});

test('a dark picture that the shipper refuses is sent anyway, with the reason', async (t) => {
    const strict = await addShipper(server);
    await strict.client.put('/v1/shipper/settings', {refuse_dark: true, refuse_blurred: true}, {status: 200});
    const on = {...stage, shipper: strict, driver: await addDriver(server, strict)};
    const {phone, ids} = await out(t, 2, {}, on);
    const dark = await draw({seed: 901, size: '640x480', dark: true});
    const act = await phone.capture(ids[0], {...LEFT, photo: dark});
    const view = await phone.comes(ids[0], 'retake');
    assert.deepEqual([view.reason, view.can_send_anyway], ['dark', true]);
    await phone.run((porch, given) => porch.outbox.sendAnyway(given, 'It is dark here'), act);
    await phone.comes(ids[0], 'sent');
    await photoState(strict, ids[0], 'posted');

    const other = await phone.capture(ids[1], {...LEFT, photo: await draw({seed: 902, size: '640x480', blurred: true})});
    assert.equal((await phone.comes(ids[1], 'retake')).reason, 'blurred');
    await phone.run((porch, given) => porch.outbox.dropPhoto(given), other);
    assert.equal((await phone.comes(ids[1], 'sent')).reason, 'blurred');
    assert.equal(await phone.pictures(), 0);
});

test('a verdict that comes later: the picture stays until it is there', async (t) => {
    const own = await setStage(t, {intake: {verdict_wait_ms: 0}});
    const {phone, ids} = await out(t, 2, {}, own);
    await phone.capture(ids[0], {...LEFT, photo: await picture()});
    await until(async () => (await phone.stored(ids[0]))?.photo.state !== 'waiting');
    await photoState(own.shipper, ids[0], 'posted');
    await kick(phone);
    await phone.comes(ids[0], 'sent');
    assert.equal(await phone.pictures(), 0);

    const act = await phone.capture(ids[1], {...LEFT, photo: Buffer.from('nor is this')});
    await photoState(own.shipper, ids[1], 'rejected');
    await kick(phone);
    assert.equal((await phone.comes(ids[1], 'retake')).reason, 'not_jpeg');
    await phone.run(async (porch, given) => porch.outbox.retake(given, {photo: await porch.drawn(32)}), act);
    await photoState(own.shipper, ids[1], 'posted');
    await kick(phone);
    await phone.comes(ids[1], 'sent');
});

test('the phone sees dark and blurred as the server does', async (t) => {
    const {phone} = await out(t);
    const looks = [];
    for (const more of [{}, {dark: true}, {blurred: true}])
        for (const size of ['640x480', '1632x1224']) looks.push({...more, size, ...await phone.run((porch, base64) => porch.look(base64), (await draw({seed: 77, size, ...more})).toString('base64'))});
    const wrong = looks.filter(({dark, blurred, verdict}) => verdict !== (dark ? 'dark' : blurred ? 'blurred' : null));
    assert.deepEqual(wrong, []);
});

// ---- room ----

test('a phone that is full says so before a picture is taken, and keeps the one that was', async (t) => {
    const proxy = await startProxy(t, server);
    const phone = await new OwnPhone(t, proxy).start(); // with a disk: in a window without one Chromium only guesses what is used
    const cdp = await phone.page.context().newCDPSession(phone.page);
    const quota = (quotaSize) => cdp.send('Storage.overrideQuotaForOrigin', {origin: proxy.origin, quotaSize});
    await phone.page.goto(`${proxy.origin}/drive/engine.html`);
    await quota(10_000_000); // before the database asks: Chromium remembers its answer for a while
    await phone.begin();
    const ids = await setOut(phone, stage, 2);
    const room = () => phone.run((porch) => porch.outbox.room());
    const big = (id, size) => phone.run((porch, [given, bytes]) => porch.outbox.capture(given, {kind: 'delivered', left_at: 'front_door', photo: new Blob([new Uint8Array(bytes)])}),
        /** @type {[string, number]} */ ([id, size]));
    const back = proxy.play({on: () => true, drop: true});
    assert.equal((await room()).enough, true);
    await big(ids[0], 6_000_000); // more than fits beside what is held
    assert.equal(await phone.pictures(), 1, 'the picture that was taken is not stored');
    assert.equal((await room()).enough, false);
    await assert.rejects(big(ids[1], 8_000_000), /full/);
    assert.equal(await phone.act(ids[1]), undefined);
    await quota(undefined);
    assert.equal((await room()).enough, true);
    back();
    await kick(phone);
    await phone.comes(ids[0], 'retake'); // it is no picture; but it came
});

// ---- afterwards ----

test('a photo that was sent cannot be had back from the phone in any way', async (t) => {
    const {phone, id} = await out(t);
    const photo = await picture();
    await phone.capture(id, {...LEFT, photo});
    await phone.comes(id, 'sent');
    const {token} = await phone.run((porch) => porch.store.device());
    const found = await phone.run((porch) => porch.dump());
    assert.deepEqual(found.filter(({blob}) => blob !== null), []); // no room was held: room() was not asked
    assert.deepEqual(found.filter(({where}) => where.startsWith('cache')).filter(({text}) => /\/v1\//.test(text)), []);
    assert.equal(await phone.run(async (porch) => porch.store.photo(porch.outbox.state().acts[0].id)), undefined);

    // Everything that a device's token can ask for, about this delivery or its upload.
    const [upload] = phone.proxy.requests('PATCH').map(({path}) => path);
    const answers = await phone.run(async (_porch, [address, delivery, bearer]) => {
        const said = [];
        const paths = [address, `${address}/photo`, '/v1/driver/stops', `/v1/driver/stops/${delivery}`, `/v1/driver/stops/${delivery}/photo`, `/v1/deliveries/${delivery}`,
            `/v1/deliveries/${delivery}/photo`, `/v1/me/orders/${delivery}/photo`, `/orders/${delivery}`];
        for (const path of paths) for (const method of ['GET', 'HEAD', 'POST']) {
            const response = await fetch(path, {method, headers: {authorization: `Bearer ${bearer}`, 'tus-resumable': '1.0.0'}});
            const bytes = new Uint8Array(await response.arrayBuffer());
            said.push({path, method, status: response.status, type: response.headers.get('content-type') ?? '', jpeg: bytes[0] === 0xff && bytes[1] === 0xd8});
        }
        return said;
    }, [upload, id, token]);
    assert.deepEqual(answers.filter(({type, jpeg}) => jpeg || type.startsWith('image/')), []);
});
