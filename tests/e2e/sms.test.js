// SPDX-License-Identifier: Apache-2.0
//
// Text messages: who gets one, what it says, what they cost at most, and a gateway that fails in every way. And the relay,
// which hands the same texts to anything else.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {writeFile, mkdtemp, rm} from 'node:fs/promises';
import {createServer} from 'node:http';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {sql} from './support/insides.js';
import {patience, startServer, until} from './support/server.js';
import {ACCOUNT, TextGateway, TOKEN, signatureOf, whims} from './support/text_gateway.js';
import {addDelivery, addDriver, addShipper, anyone, reportDelivered, signIn, startRound, unique} from './support/world.js';

const folder = await mkdtemp(join(tmpdir(), 'porchlight-sms-'));
const tokenFile = join(folder, 'token');
await writeFile(tokenFile, `${TOKEN}\n`, {mode: 0o600});
after(() => rm(folder, {recursive: true, force: true}));

const QUICK = {backoff_ms: 50, backoff_max_ms: 200, target_pause_ms: 100, timeout_ms: 1000 * patience, look_ms: 100, attempts: 5};

let numbers = 0;
/** A phone number that nobody else has. */
const freshNumber = (prefix = '+4930') => `${prefix}${String(100_000 + process.pid % 1000 * 100 + ++numbers)}`;

/** A server whose gateway is ours, with a shipper and a driver. */
async function open(t, settings = {}) {
    const gateway = await TextGateway.start(t);
    const server = await startServer(t, {
        ...settings,
        sms: {url: gateway.url, account: ACCOUNT, token_file: tokenFile, from: '+15005550006', ...settings.sms},
        notify: {...QUICK, ...settings.notify},
    });
    const shipper = await addShipper(server);
    const driver = await addDriver(server, shipper);
    const to = (phone, more = {}) => addDelivery(shipper, undefined, {recipient: {name: 'Robin Vale', phone}, driver_id: driver.id, ...more});
    return {gateway, server, shipper, driver, to};
}

const takenBy = (gateway, phone) => gateway.taken.filter(({to}) => to === phone);
const arrives = (gateway, phone, count = 1) => until(() => takenBy(gateway, phone).length >= count && takenBy(gateway, phone), {what: `text ${count} to a phone`});

/** All notices have come to an end: none is queued. */
const settled = (server) => until(async () => (await sql(server, 'select count(*) from notice where set_aside_at is null'))[0][0] === 0, {what: 'the end of the notices'});

test('whom only a phone reaches is told beforehand of the photo, and how it ended; nothing private is in it', async (t) => {
    const {gateway, server, driver, to} = await open(t);
    const phone = freshNumber();
    const delivery = await to(phone);
    const [first] = await arrives(gateway, phone);
    assert.match(first.body, /photograph/);
    const refusal = new URL(first.body.split(' ').at(-1)).pathname;
    assert.match(refusal, /^\/r\//);
    assert.equal((await anyone(server).get(refusal, {status: 200, headers: {accept: 'application/json'}})).json.photo, 'expected');
    assert.equal(first.from, '+15005550006');
    await startRound(driver, delivery.id);
    await reportDelivered(driver, delivery.id, {left_at: 'handed_over', proof: {kind: 'name', value: 'R. Vale'}});
    const [, second] = await arrives(gateway, phone, 2);
    assert.match(second.body, /delivered/);
    for (const {body} of [first, second]) {
        assert.doesNotMatch(body.replace(/https?:\S+$/, ''), /Robin|Vale|Lantern|bench|order-|\+49/);
        assert.ok(body.length <= 306, 'more than two segments');
    }
    assert.equal(takenBy(gateway, phone).length, 2);
});

test('the link in the first text refuses the photo, for that delivery and that number alone', async (t) => {
    const {gateway, server, shipper, to} = await open(t);
    const phone = freshNumber();
    const delivery = await to(phone), other = await to(phone);
    const [one, two] = (await arrives(gateway, phone, 2)).map(({body}) => new URL(body.split(' ').at(-1)).pathname);
    const state = async ({id}) => (await shipper.client.get(`/v1/deliveries/${id}`, {status: 200})).json.photo.state;
    await anyone(server).get(one, {status: 200});
    assert.deepEqual([await state(delivery), await state(other)], ['expected', 'expected'], 'a GET changes nothing');
    assert.equal((await anyone(server).post(one, undefined, {status: 200, headers: {origin: null}})).json.photo, 'refused');
    assert.deepEqual([await state(delivery), await state(other)], ['declined', 'expected']);
    await shipper.client.patch(`/v1/deliveries/${other.id}`, {recipient: {name: 'Robin Vale', phone: freshNumber()}}, {status: 200});
    await anyone(server).refused('not-found', 'POST', two, {headers: {origin: null}});
    assert.equal(await state(other), 'expected');
});

test('where no photo is taken, the text leads to the PIN, which stands in no text; refusing by the link leads there too', async (t) => {
    const {gateway, server, shipper, driver, to} = await open(t);
    const phone = freshNumber();
    const delivery = await to(phone, {photo: 'none'});
    const [{body}] = await arrives(gateway, phone);
    assert.match(body, /No photo is taken/);
    assert.ok(body.length <= 306, 'more than two segments');
    const link = new URL(body.split(' ').at(-1)).pathname;
    const {json: {photo, pin}} = await anyone(server).get(link, {status: 200});
    assert.equal(photo, 'none');
    assert.match(pin, /^\d{6}$/);
    assert.ok(!body.includes(pin));
    assert.ok((await anyone(server).get(link, {status: 200, headers: {accept: 'text/html'}})).text.includes(pin));
    const stop = await startRound(driver, delivery.id);
    assert.deepEqual([stop.photo.state, stop.proofs[0]], ['declined', 'pin']);
    await reportDelivered(driver, delivery.id, {left_at: 'handed_over', proof: {kind: 'pin', value: pin}});
    assert.equal((await shipper.client.get(`/v1/deliveries/${delivery.id}`)).json.proof_verified, true);
    assert.equal((await anyone(server).get(link, {status: 200})).json.pin, null, 'the driver does not come any more');
    // Where a photo is still to come there is none yet; who refuses it reads it at once.
    await to(phone);
    const {body: asked} = (await arrives(gateway, phone, 3)).find(({body: text}) => /photograph/.test(text));
    const other = new URL(asked.split(' ').at(-1)).pathname;
    assert.equal((await anyone(server).get(other, {status: 200})).json.pin, null);
    assert.match((await anyone(server).post(other, undefined, {status: 200, headers: {origin: null}})).json.pin, /^\d{6}$/);
});

test('who has an e-mail address gets no texts unless they ask', async (t) => {
    const {gateway, server, shipper, driver} = await open(t, {mail: {together_seconds: 0}});
    const email = `both-${unique()}@example.org`, phone = freshNumber();
    const both = () => addDelivery(shipper, email, {recipient: {name: 'Robin Vale', email, phone}, driver_id: driver.id});
    await both();
    await settled(server);
    assert.equal(gateway.asked, 0);
    const {client} = await signIn(server, email);
    assert.ok((await client.get('/v1/me', {status: 200})).json.channels.includes('sms'));
    await client.put('/v1/me/preferences', {notices: {delivered: {sms: true}}}, {status: 200});
    const delivery = await both();
    await startRound(driver, delivery.id);
    await reportDelivered(driver, delivery.id);
    await arrives(gateway, phone);
    await settled(server);
    assert.deepEqual(gateway.taken.map(({body}) => body), [`Your parcel was delivered. ${delivery.tracking_url}`]);
});

test('a text is in the language that its recipient chose, else in the server\'s', async (t) => {
    const {gateway, server, shipper, to} = await open(t, {server: {language: 'es'}});
    const phone = freshNumber();
    await to(phone);
    const [{body}] = await arrives(gateway, phone);
    assert.match(body, /^Le llevamos un paquete\. Quiza se haga una foto/); // as networks can send it
    const robin = await signIn(server);
    await robin.client.put('/v1/me/preferences', {language: 'de', notices: {announced: {sms: true}}}, {status: 200});
    const own = freshNumber();
    await addDelivery(shipper, robin.email, {recipient: {name: 'Robin Vale', email: robin.email, phone: own}});
    const [german] = await arrives(gateway, own);
    assert.match(german.body, /^Ein Paket kommt zu Ihnen\./);
});

test('in quiet hours a text waits until they end, and others do not', async (t) => {
    const {gateway, server, shipper} = await open(t);
    const at = (minutes) => new Date(Date.now() + minutes * 60_000).toISOString().slice(11, 16);
    const told = async (quiet) => {
        const robin = await signIn(server), phone = freshNumber();
        await robin.client.put('/v1/me/preferences', {quiet, notices: {announced: {sms: true}}}, {status: 200});
        await addDelivery(shipper, robin.email, {recipient: {name: 'Robin Vale', email: robin.email, phone}});
        return phone;
    };
    const asleep = await told({from: at(-120), to: at(120), time_zone: 'UTC'});
    await arrives(gateway, await told({from: at(120), to: at(240), time_zone: 'UTC'}));
    assert.deepEqual(takenBy(gateway, asleep), []);
    const [[attempts, runAt]] = await sql(server, "select attempts, run_at from notice where channel = 'sms'");
    assert.equal(attempts, 0);
    assert.ok(Math.abs(runAt - Date.now() - 120 * 60_000) < 120_000, `waits until ${new Date(runAt).toISOString()}`);
});

test('a gateway that fails is asked again; each message comes through once', async (t) => {
    const {gateway, server, to} = await open(t, {notify: {attempts: 20}});
    const fails = [whims.status(500), whims.status(429, {code: 20429}, {'retry-after': '1'}), whims.garbage, whims.reset, whims.never, whims.drip,
        whims.status(401, {code: 20003}), whims.status(503), whims.status(400, {code: 14107})];
    gateway.next.push(...fails);
    const phone = freshNumber();
    await to(phone);
    await until(() => takenBy(gateway, phone).length > 0, {ms: 60_000 * patience, what: 'the text in the end'});
    await settled(server);
    assert.equal(takenBy(gateway, phone).length, 1);
    assert.equal(gateway.asked, fails.length + 1);
});

test('a refusal for good is set aside with its reason, and is not asked again', async (t) => {
    const {gateway, server, to} = await open(t);
    gateway.next.push(whims.status(400, {code: 21211, message: 'not a number'}));
    await to(freshNumber());
    const [[reason]] = await until(async () => {
        const rows = await sql(server, 'select last_error from notice where set_aside_at is not null');
        return rows.length > 0 && rows;
    }, {what: 'a notice that was set aside'});
    assert.equal(reason, 'refused');
    assert.equal(gateway.asked, 1);
    assert.deepEqual(await sql(server, 'select status, error from text_message'), [['refused', 21211]]);
});

test('kill -9 between asking and writing down: it is sent again, and never lost', async (t) => {
    const {gateway, server, to} = await open(t);
    gateway.next.push(whims.never);
    const phone = freshNumber();
    await to(phone);
    await until(() => gateway.asked === 1, {what: 'the first try'});
    await server.kill();
    await server.start();
    await arrives(gateway, phone);
});

test('a status callback is believed by its signature; the last word stays', async (t) => {
    const {gateway, server, to} = await open(t);
    const phone = freshNumber();
    await to(phone);
    const [{callback, sid}] = await arrives(gateway, phone);
    await settled(server);
    const path = new URL(callback).pathname;
    assert.equal(callback, server.origin + path);
    const tell = (pairs, signature, status) => anyone(server).request('POST', path, {
        headers: {'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': signature, origin: null},
        body: new URLSearchParams(pairs).toString(), status,
    });
    const pairs = (status, more = {}) => ({MessageSid: sid, MessageStatus: status, AccountSid: ACCOUNT, To: phone, ...more});
    const row = async () => (await sql(server, 'select status, error, final from text_message'))[0];
    for (const [wrong, signature] of /** @type {const} */ ([[pairs('delivered'), 'AAAA'], [pairs('delivered'), signatureOf(callback, pairs('sent'))], [pairs('delivered'), signatureOf(`${callback}x`, pairs('delivered'))]]))
        assert.equal((await tell(wrong, signature, 403)).json.type, '/problems/bad-signature');
    assert.deepEqual(await row(), ['queued', 0, 0]);
    await tell(pairs('sent'), signatureOf(callback, pairs('sent')), 204);
    assert.deepEqual(await row(), ['sent', 0, 0]);
    const failed = pairs('undelivered', {ErrorCode: '30003'});
    await tell(failed, signatureOf(callback, failed), 204);
    await tell(pairs('sent'), signatureOf(callback, pairs('sent')), 204);
    assert.deepEqual(await row(), ['undelivered', 30003, 1]);
    assert.equal((await tell(pairs('nonsense'), signatureOf(callback, pairs('nonsense')), 422)).json.field, 'MessageStatus');
});

test('STOP is heard, by the gateway or from the phone, until START', async (t) => {
    const {gateway, server, to} = await open(t);
    const phone = freshNumber(), other = freshNumber();
    const answer = async (from, body, status = 204) => {
        const pairs = {From: from, Body: body, MessageSid: `SM${'1'.repeat(32)}`};
        return anyone(server).request('POST', '/v1/sms/incoming', {
            headers: {'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': signatureOf(`${server.origin}/v1/sms/incoming`, pairs), origin: null},
            body: new URLSearchParams(pairs).toString(), status,
        });
    };
    await answer(phone, ' Stop. ');
    await to(phone);
    await to(other);
    await arrives(gateway, other);
    await settled(server);
    assert.equal(takenBy(gateway, phone).length, 0);
    await answer(phone, 'I cannot stop laughing');
    await answer(phone, 'START');
    await to(phone);
    await arrives(gateway, phone);
    assert.equal((await answer('nobody', 'STOP', 422)).json.field, 'From');
    // The network heard it, and the gateway says so.
    gateway.next.push(whims.status(400, {code: 21610}));
    await to(other);
    await until(async () => (await sql(server, 'select count(*) from stopped_number'))[0][0] === 1, {what: 'the number left alone'});
    const asked = gateway.asked;
    await to(other);
    await settled(server);
    assert.equal(gateway.asked, asked);
});

test('caps: by number, by country, and countries that are not served', async (t) => {
    const {gateway, server, to} = await open(t, {sms: {countries: '49, 34', per_number_day: 2, per_country_day: 4}});
    const phone = freshNumber();
    for (let i = 0; i < 4; i++) await to(phone);
    await settled(server);
    assert.equal(takenBy(gateway, phone).length, 2);
    for (let i = 0; i < 4; i++) await to(freshNumber());
    await to(freshNumber('+1415555'));
    await settled(server);
    assert.equal(gateway.taken.length, 4);
    const spanish = freshNumber('+34600');
    await to(spanish);
    await arrives(gateway, spanish);
    assert.equal(gateway.taken.length, 5);
});

test('what is no longer so is not sent', async (t) => {
    const {gateway, server, shipper, to} = await open(t, {notify: {backoff_ms: 400, target_pause_ms: 400}});
    gateway.next.push(whims.status(503));
    const phone = freshNumber();
    const delivery = await to(phone);
    await until(() => gateway.asked === 1, {what: 'the first try'});
    await shipper.client.post(`/v1/deliveries/${delivery.id}/cancel`, undefined, {status: 200});
    await settled(server);
    assert.equal(gateway.taken.length, 0);
});

test('the relay hands texts to anything else, as JSON, with one id for good', async (t) => {
    const asked = [];
    const service = createServer(async (request, response) => {
        let text = '';
        for await (const chunk of request) text += chunk;
        asked.push({headers: request.headers, body: JSON.parse(text)});
        response.writeHead(asked.length === 1 ? 500 : 204).end();
    });
    service.listen(0, '127.0.0.1');
    await once(service, 'listening');
    t.after(() => {
        service.closeAllConnections();
        service.close();
    });
    const server = await startServer(t, {relay: {url: `http://127.0.0.1:${/** @type {any} */ (service.address()).port}/take`, token_file: tokenFile}, notify: QUICK});
    const shipper = await addShipper(server);
    const phone = freshNumber();
    const delivery = await addDelivery(shipper, undefined, {recipient: {name: 'Robin Vale', phone}});
    await settled(server);
    assert.equal(asked.length, 2);
    const [first, second] = asked;
    assert.deepEqual(first.body, second.body);
    assert.equal(first.headers.authorization, `Bearer ${TOKEN}`);
    assert.match(first.body.id, /^ntc_/);
    assert.deepEqual([first.body.type, first.body.delivery_id, first.body.to], ['delivery.created', delivery.id, phone]);
    assert.match(first.body.text, /\/r\/[\w-]+$/);
});
