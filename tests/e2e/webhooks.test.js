// SPDX-License-Identifier: Apache-2.0
//
// Webhooks to shippers against a real system that receives them, verifies them with the library `standardwebhooks`, and fails
// on command.
import assert from 'node:assert/strict';
import {randomUUID} from 'node:crypto';
import {after, test} from 'node:test';
import {findPieces, sql} from './support/insides.js';
import {assertOurs, isSignedV1, isSignedV1a, makeCertificate, startReceiver} from './support/receiver.js';
import {patience, until} from './support/server.js';
import {addDelivery, addShipper, photograph, photoState, setStage, signIn, unique} from './support/world.js';

/** Everything that is hours otherwise, in parts of a second; but for how long an answer may take, since a loaded machine is slow. */
const QUICK = {
    notify: {allow_private_targets: 'yes', target_pause_ms: 50, look_ms: 100, stop_ms: 100},
    webhook: {retry_seconds: '0.05, 0.1, 0.1, 0.2, 0.2, 0.3'},
};
const stage = await setStage({after}, QUICK);
const {server} = stage;
const email = () => `robin-${unique()}@example.org`;

/** A shop of its own with a webhook to a receiver. */
async function addHook(t, more = {}, shipper = undefined) {
    const receiver = await startReceiver(t);
    const shop = shipper ?? await addShipper(server);
    const {json: hook} = await shop.client.post('/v1/webhooks', {url: receiver.url(), ...more}, {status: 201});
    return {receiver, shop, hook, path: `/v1/webhooks/${hook.id}`};
}
const attemptsOf = ({shop, path}) => shop.client.all(`${path}/attempts`);
const stateOf = async ({shop, path}) => (await shop.client.get(path, {status: 200})).json;
/** Waits until an attempt of this event ended so. */
const ended = (hooked, outcome, is = (attempt) => true) =>
    until(async () => (await attemptsOf(hooked)).find((attempt) => attempt.outcome === outcome && is(attempt)), {what: `an attempt that is ${outcome}`});

// ---- keeping them ----

test('a webhook is made, read, changed and removed; its secret is shown once', async (t) => {
    const shop = await addShipper(server);
    const key = {headers: {'idempotency-key': `"${randomUUID()}"`}};
    const {json: hook} = await shop.client.post('/v1/webhooks', {url: 'https://shop.example/hooks'}, {status: 201, ...key});
    assert.deepEqual((await shop.client.post('/v1/webhooks', {url: 'https://shop.example/hooks'}, {status: 201, ...key})).json, hook, 'asked again with the same key');
    assert.equal(Buffer.from(hook.secret.slice(6), 'base64').length, 32);
    assert.deepEqual([hook.events, hook.enabled, hook.stop_reason, hook.failing_since], [null, true, null, null]);
    const {secret, ...shown} = hook;
    const path = `/v1/webhooks/${hook.id}`;
    assert.deepEqual((await shop.client.get(path, {status: 200})).json, shown);
    assert.deepEqual((await shop.client.get('/v1/webhooks', {status: 200})).json, {items: [shown], next: null});
    const {json: other} = await shop.client.post('/v1/webhooks', {url: 'https://shop.example/hooks', events: ['case.opened', 'photo.posted', 'photo.posted']}, {status: 201});
    assert.deepEqual(other.events, ['photo.posted', 'case.opened']);
    assert.notEqual(other.secret, secret);
    assert.notEqual(other.public_key, hook.public_key);
    assert.deepEqual((await shop.client.all('/v1/webhooks', 1)).map(({id}) => id), [hook.id, other.id]);
    const {json: changed} = await shop.client.patch(path, {url: 'https://shop.example/other', events: ['photo.posted'], enabled: false}, {status: 200});
    assert.deepEqual([changed.url, changed.events, changed.enabled, changed.stop_reason], ['https://shop.example/other', ['photo.posted'], false, 'by_shipper']);
    assert.ok(changed.stopped_at);
    const {json: again} = await shop.client.patch(path, {events: null, enabled: true}, {status: 200});
    assert.deepEqual(again, {...shown, url: 'https://shop.example/other'});
    await shop.client.patch(path, {}, {status: 200});
    await (await addShipper(server)).client.refused('not-found', 'DELETE', path);
    await shop.client.delete(path, {status: 204});
    await shop.client.refused('not-found', 'GET', path);
    await shop.client.refused('not-found', 'DELETE', path);
});

test('a shop has so many and no more', async (t) => {
    const shop = await addShipper(server);
    for (let i = 0; i < 10; i++) await shop.client.post('/v1/webhooks', {url: `https://shop.example/${i}`}, {status: 201});
    await shop.client.refused('webhook-limit', 'POST', '/v1/webhooks', {json: {url: 'https://shop.example/10'}});
});

test('nothing can be sent to one that is stopped, and what an administrator stopped stays so', async (t) => {
    const hooked = await addHook(t);
    const {shop, path, receiver, hook} = hooked;
    const stopped = async () => {
        await shop.client.refused('webhook-stopped', 'POST', `${path}/ping`);
        await shop.client.refused('webhook-stopped', 'POST', `${path}/resend`, {json: {event_id: `evt_${'0'.repeat(26)}`}});
        await shop.client.refused('webhook-stopped', 'POST', `${path}/replay`, {json: {from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z'}});
    };
    await shop.client.patch(path, {enabled: false}, {status: 200});
    await stopped();
    await addDelivery(shop, email());
    await shop.client.patch(path, {enabled: true}, {status: 200});
    assert.equal((await server.admin('webhook-stop', hook.id)).stop_reason, 'by_administrator');
    await stopped();
    await shop.client.refused('webhook-stopped', 'PATCH', path, {json: {enabled: true}});
    await shop.client.patch(path, {url: receiver.url('/new')}, {status: 200});
    assert.deepEqual((await server.admin('webhook-list', shop.id)).webhooks.map(({id, enabled}) => [id, enabled]), [[hook.id, false]]);
    await server.admin('webhook-start', hook.id);
    await shop.client.post(`${path}/ping`, undefined, {status: 202});
    assert.equal((await receiver.ofType('webhook.ping')).path, '/new');
    assert.deepEqual(receiver.got.map(({type}) => type), ['webhook.ping'], 'what happened while it was stopped is not sent by itself');
});

test('secrets and keys are nowhere in the data folder or the log', async (t) => {
    const {hook, shop, path} = await addHook(t);
    const {json: rotated} = await shop.client.post(`${path}/rotate`, undefined, {status: 200, headers: {'idempotency-key': 'rotation'}});
    const pieces = [hook, rotated].flatMap(({secret}) => [Buffer.from(secret.slice(6), 'base64'), Buffer.from(secret.slice(6, 40))]);
    assert.deepEqual(await findPieces(server.data, pieces), []);
    assert.ok(pieces.every((piece) => !server.log.includes(piece.toString())));
    assert.ok(!server.log.includes('/hooks'), 'an address is logged');
});

// ---- telling ----

test('the story of a delivery is told in order, signed both ways, and thin', async (t) => {
    const hooked = await addHook(t, {}, stage.shipper);
    const {receiver, hook} = hooked;
    t.after(() => hooked.shop.client.delete(hooked.path));
    const robin = await signIn(server);
    const {delivery} = await photograph(stage, robin.email);
    await photoState(stage.shipper, delivery.id, 'posted');
    await robin.client.delete(`/v1/me/orders/${delivery.id}/photo`, {status: 200});
    await receiver.ofType('photo.erased');
    await robin.client.post(`/v1/me/orders/${delivery.id}/problem`, {kind: 'damaged', text: 'The box is wet.'}, {status: 201});
    await receiver.ofType('case.opened');
    const ours = receiver.taken.filter(({body}) => body.data.delivery_id === delivery.id);
    for (const got of ours) assertOurs(got, hook);
    assert.deepEqual(ours.map(({body}) => body.data.number), ours.map((_, i) => i + 1));
    const types = ours.map(({type}) => type);
    for (const type of ['delivery.created', 'photo.expected', 'delivery.out_for_delivery', 'delivery.delivered', 'photo.posted', 'case.opened', 'photo.erased']) assert.ok(types.includes(type), `${type} in ${types}`);
    const {body: {data}} = ours.find(({type}) => type === 'photo.posted');
    assert.match(data.photo_id, /^pho_/);
    assert.equal(data.now.photo.state, 'posted');
    for (const secret of ['Robin', 'Lantern', robin.email, 'bench', '52.5', 'wet', delivery.tracking_url.split('/').at(-1), delivery.reference]) assert.ok(ours.every(({text}) => !text.includes(secret)), secret);
    for (const {id, type} of ours) await ended(hooked, 'sent', (attempt) => attempt.event_id === id && attempt.type === type && attempt.status === 200 && attempt.number === 1);
    assert.ok((await stateOf(hooked)).succeeded_at);
});

test('only the kinds that are wanted come', async (t) => {
    const {receiver, shop, path} = await addHook(t, {events: ['delivery.cancelled']});
    const {id} = await addDelivery(shop, email());
    await shop.client.post(`/v1/deliveries/${id}/cancel`, undefined, {status: 200});
    assert.equal((await receiver.ofType('delivery.cancelled')).body.data.delivery_id, id);
    await shop.client.patch(path, {events: ['delivery.created']}, {status: 200});
    const next = await addDelivery(shop, email());
    await receiver.wait(({body}) => body.data.delivery_id === next.id);
    assert.deepEqual(receiver.got.map(({type}) => type), ['delivery.cancelled', 'delivery.created']);
});

test('a shop hears of its own deliveries only', async (t) => {
    const one = await addHook(t);
    const other = await addHook(t);
    const {id} = await addDelivery(one.shop, email());
    await other.shop.client.post(`${other.path}/ping`, undefined, {status: 202});
    await one.receiver.wait(({body}) => body.data.delivery_id === id);
    await other.receiver.ofType('webhook.ping');
    assert.ok(other.receiver.got.every(({type}) => type === 'webhook.ping'));
});

test('a ping comes whatever is wanted, is signed, and stands in the log', async (t) => {
    const hooked = await addHook(t, {events: ['photo.erased']});
    const {json} = await hooked.shop.client.post(`${hooked.path}/ping`, undefined, {status: 202});
    const got = await hooked.receiver.ofType('webhook.ping');
    assertOurs(got, hooked.hook);
    assert.equal(got.id, json.event_id);
    assert.deepEqual(got.body.data, {webhook_id: hooked.hook.id});
    assert.equal((await ended(hooked, 'sent')).event_id, json.event_id);
});

test('for a while old and new keys sign; after a leak the old ones end at once', async (t) => {
    const {receiver, shop, hook, path} = await addHook(t);
    const ping = async () => {
        const {json} = await shop.client.post(`${path}/ping`, undefined, {status: 202});
        return receiver.wait(({id}) => id === json.event_id);
    };
    const signedBy = async () => {
        const got = await ping();
        return [hook, second, third].map((keys) => keys && isSignedV1(got, keys.secret) && isSignedV1a(got, keys.public_key));
    };
    let second, third;
    ({json: second} = await shop.client.post(`${path}/rotate`, {}, {status: 200}));
    assert.ok(Date.parse(second.old_keys_until) > Date.now() + 23 * 3600_000);
    assert.notEqual(second.public_key, hook.public_key);
    assert.deepEqual(await signedBy(), [true, true, undefined]);
    ({json: third} = await shop.client.post(`${path}/rotate`, {overlap_hours: 1}, {status: 200}));
    assert.deepEqual(await signedBy(), [false, true, true], 'two sets of keys at most');
    const {json: fourth} = await shop.client.post(`${path}/rotate`, {overlap_hours: 0}, {status: 200});
    assert.deepEqual(await signedBy(), [false, false, false]);
    assertOurs(await ping(), fourth);
    assert.equal(fourth.old_keys_until, null);
});

// ---- failing ----

test('whatever goes wrong is tried again under the same id, and its reason stands in the log', async (t) => {
    const reasons = {
        failing: /^status_500$/, refusing: /^status_400$/, redirecting: /^status_307$/, gateway: /^status_502$/, reset: /^(reset|no_answer|protocol)$/,
        closing: /^(reset|no_answer|protocol)$/, garbage: /^(protocol|no_answer|reset)$/, cut: /^(reset|protocol|no_answer)$/,
    };
    await Promise.all(Object.entries(reasons).map(async ([manner, reason]) => {
        const hooked = await addHook(t);
        hooked.receiver.next = [manner, manner];
        await addDelivery(hooked.shop, email(), {photo: 'none'});
        const got = await hooked.receiver.ofType('delivery.created');
        assertOurs(got, hooked.hook);
        const {id} = got;
        assert.deepEqual(hooked.receiver.got.filter((each) => each.id === id).map((each) => each.manner), [manner, manner, 'ok'], manner);
        assert.ok(hooked.receiver.got.every((each) => each.path === '/hooks'), 'a redirect was followed');
        await ended(hooked, 'sent');
        const log = (await attemptsOf(hooked)).filter((attempt) => attempt.event_id === id).reverse();
        assert.deepEqual(log.map(({number, outcome}) => [number, outcome]), [[1, 'later'], [2, 'later'], [3, 'sent']], manner);
        for (const attempt of log.slice(0, 2)) {
            assert.match(attempt.reason, reason, manner);
            assert.ok(attempt.next_at, manner);
        }
        assert.equal((await stateOf(hooked)).failing_since, null);
    }));
});

test('one that does not answer in time, or drips, is tried again too', async (t) => {
    const own = await setStage(t, {...QUICK, webhook: {timeout_ms: 400, retry_seconds: Array(20).fill('0.1').join(', ')}});
    for (const manner of ['silent', 'dripping']) {
        const receiver = await startReceiver(t);
        const {json: hook} = await own.shipper.client.post('/v1/webhooks', {url: receiver.url()}, {status: 201});
        const hooked = {shop: own.shipper, path: `/v1/webhooks/${hook.id}`};
        receiver.next = [manner, manner];
        const {json: {event_id: id}} = await own.shipper.client.post(`${hooked.path}/ping`, undefined, {status: 202});
        await ended(hooked, 'sent', (attempt) => attempt.event_id === id);
        const log = (await attemptsOf(hooked)).reverse();
        for (const attempt of log.slice(0, 2)) {
            assert.deepEqual([attempt.outcome, attempt.reason, attempt.status], ['later', 'timeout', attempt.status], manner);
            assert.ok(attempt.took_ms >= 390, `${manner}: ${attempt.took_ms} ms`);
        }
    }
});

test('an endless answer is a success that is not read to its end', async (t) => {
    const hooked = await addHook(t);
    hooked.receiver.next = ['endless'];
    await hooked.shop.client.post(`${hooked.path}/ping`, undefined, {status: 202});
    await hooked.receiver.wait(() => true, {taken: false});
    const attempt = await until(async () => (await attemptsOf(hooked))[0], {what: 'an attempt'});
    assert.ok(attempt.took_ms < 10_000 * patience);
});

test('Retry-After is obeyed, also for what comes meanwhile', async (t) => {
    const {receiver, shop} = await addHook(t);
    receiver.next = ['busy'];
    await addDelivery(shop, email(), {photo: 'none'});
    const first = await receiver.wait(() => true, {taken: false});
    await addDelivery(shop, email(), {photo: 'none'});
    await receiver.wait(({id}) => id === first.id, {ms: 20_000 * patience});
    await until(() => receiver.taken.length === 2);
    for (const {at} of receiver.taken) assert.ok(at - first.at >= 1950, `after ${at - first.at} ms`);
});

test('Retry-After is obeyed though others that were under way are taken after it was said', async (t) => {
    const {receiver, shop} = await addHook(t, {events: ['delivery.created']});
    receiver.next = ['leisurely', 'busy', 'leisurely'];
    await Promise.all([1, 2, 3].map(() => addDelivery(shop, email(), {photo: 'none'})));
    const busy = await receiver.wait(({manner}) => manner === 'busy', {taken: false});
    await new Promise((done) => setTimeout(done, 600)); // the leisurely ones are taken by now
    await addDelivery(shop, email(), {photo: 'none'});
    await until(() => receiver.taken.length === 4);
    for (const {at} of receiver.got.filter(({at}) => at > busy.at + 300)) assert.ok(at - busy.at >= 1950, `after ${at - busy.at} ms`);
});

test('410 stops it; the shop hears of it at its other webhook', async (t) => {
    const hooked = await addHook(t);
    const other = await addHook(t, {events: ['photo.erased']}, hooked.shop);
    hooked.receiver.manner = 'gone';
    await addDelivery(hooked.shop, email());
    const told = await other.receiver.ofType('webhook.stopped');
    assertOurs(told, other.hook);
    assert.deepEqual(told.body.data, {webhook_id: hooked.hook.id, reason: 'gone'});
    const state = await stateOf(hooked);
    assert.deepEqual([state.enabled, state.stop_reason], [false, 'gone']);
    assert.ok(state.stopped_at);
    assert.ok((await attemptsOf(hooked)).some(({outcome, status}) => outcome === 'gone' && status === 410));
    const came = hooked.receiver.got.length;
    await addDelivery(hooked.shop, email());
    await other.shop.client.post(`${other.path}/ping`, undefined, {status: 202});
    await other.receiver.ofType('webhook.ping');
    assert.equal(hooked.receiver.got.length, came, 'it was asked again');
});

test('after the last attempt it is given up and, where nothing was taken, stopped; a replay brings what was missed', async (t) => {
    const hooked = await addHook(t);
    const {receiver, shop, path} = hooked;
    receiver.manner = 'failing';
    const from = new Date(Date.now() - 1000).toISOString();
    const delivery = await addDelivery(shop, email(), {photo: 'none'});
    const lost = await ended(hooked, 'given_up');
    assert.equal(lost.number, 7);
    assert.equal(lost.reason, 'status_500');
    const state = await until(async () => { const now = await stateOf(hooked); return !now.enabled && now; });
    assert.equal(state.stop_reason, 'failing');
    assert.ok(state.failing_since);
    const missed = await addDelivery(shop, email(), {photo: 'none'});
    receiver.manner = 'ok';
    const {json: started} = await shop.client.patch(path, {enabled: true}, {status: 200});
    assert.deepEqual([started.enabled, started.stop_reason, started.failing_since], [true, null, null]);
    const {json} = await shop.client.post(`${path}/replay`, {from, to: new Date(Date.now() + 1000).toISOString()}, {status: 202});
    assert.ok(json.queued >= 2 && json.next === null, JSON.stringify(json));
    for (const {id} of [delivery, missed]) await receiver.wait(({type, body}) => type === 'delivery.created' && body.data.delivery_id === id);
    assert.ok(receiver.taken.some(({id}) => id === lost.event_id), 'under the same id');
});

test('one event that it cannot take does not stop it', async (t) => {
    const hooked = await addHook(t);
    const {receiver, shop} = hooked;
    let bad = /** @type {string | null} */ (null);
    receiver.decide = ({body}) => {
        bad ??= body.data.delivery_id;
        return body.data.delivery_id === bad ? 'waiting' : undefined;
    };
    await addDelivery(shop, email(), {photo: 'none'});
    await receiver.wait(() => true, {taken: false});
    await addDelivery(shop, email(), {photo: 'none'});
    await ended(hooked, 'sent'); // and only then the first one's attempts begin to fail
    receiver.release();
    await ended(hooked, 'given_up');
    const state = await stateOf(hooked);
    assert.equal(state.enabled, true);
    await shop.client.post(`${hooked.path}/ping`, undefined, {status: 202});
    await receiver.ofType('webhook.ping');
});

test('a delivery\'s events wait for each other, other deliveries\' do not', async (t) => {
    const {receiver, shop} = await addHook(t);
    let stuck = /** @type {string | null} */ (null);
    receiver.decide = ({body}) => {
        stuck ??= body.data.delivery_id;
        return body.data.delivery_id === stuck && receiver.got.filter((got) => got.body.data.delivery_id === stuck).length < 3 ? 'failing' : undefined;
    };
    const one = await addDelivery(shop, email());
    await shop.client.post(`/v1/deliveries/${one.id}/cancel`, undefined, {status: 200});
    await receiver.wait(() => true, {taken: false});
    const other = await addDelivery(shop, email());
    await receiver.wait(({type, body}) => type === 'delivery.cancelled' && body.data.delivery_id === one.id);
    const numbers = receiver.got.filter(({body}) => body.data.delivery_id === one.id).map(({body}) => body.data.number);
    assert.deepEqual(numbers, [...numbers].sort((a, b) => a - b));
    assert.equal(numbers.filter((number) => number === 1).length, 4);
    await receiver.wait(({body}) => body.data.delivery_id === other.id);
});

test('a silent webhook delays nobody else\'s', async (t) => {
    const silent = await addHook(t);
    const quick = await addHook(t, {}, silent.shop);
    silent.receiver.manner = 'silent';
    for (let i = 0; i < 20; i++) await addDelivery(silent.shop, email(), {photo: 'none'});
    const before = Date.now();
    const {id} = await addDelivery(silent.shop, email(), {photo: 'none'});
    const got = await quick.receiver.wait(({body}) => body.data.delivery_id === id);
    assert.ok(got.at - before < 2000 * patience, `${got.at - before} ms`);
});

// ---- what is no longer so ----

test('a photo that was withheld or erased while it waited is not told as posted', async (t) => {
    const own = await setStage(t, {...QUICK, webhook: {...QUICK.webhook, retry_seconds: Array(20).fill('0.5').join(', ')}});
    const hooked = await addHook(t, {}, own.shipper);
    const {receiver} = hooked;
    const robin = await signIn(own.server);
    let held = true;
    receiver.decide = ({type}) => (held && type === 'delivery.created' ? 'failing' : undefined);
    const ways = [
        (delivery) => own.shipper.client.patch(`/v1/deliveries/${delivery.id}`, {confidential: 'protected'}, {status: 200}),
        (delivery) => robin.client.delete(`/v1/me/orders/${delivery.id}/photo`, {status: 200}),
    ];
    // Each delivery's first event fails until its photo is no longer posted; what comes after waits behind it.
    const deliveries = await Promise.all(ways.map(async (withdraw) => {
        const {delivery} = await photograph(own, robin.email);
        await photoState(own.shipper, delivery.id, 'posted');
        await withdraw(delivery);
        return delivery;
    }));
    held = false;
    for (const [i, type] of ['photo.withheld', 'photo.erased'].entries()) {
        const {id} = deliveries[i];
        const last = await receiver.wait((got) => got.type === type && got.body.data.delivery_id === id);
        assert.equal(last.body.data.now.photo.state, type.split('.')[1]);
        const all = receiver.taken.filter(({body}) => body.data.delivery_id === id);
        assert.ok(all.every((got) => got.type !== 'photo.posted'), 'told as posted');
        assert.ok(all.every(({body}) => body.data.now.photo.state !== 'posted' && body.data.photo === undefined));
        await ended(hooked, 'not_sent', (attempt) => attempt.type === 'photo.posted' && attempt.reason === 'no_longer_true');
    }
});

// ---- again ----

test('one event is sent again, whatever is wanted; another shop\'s is not', async (t) => {
    const hooked = await addHook(t, {events: ['delivery.created']});
    const {receiver, shop, path} = hooked;
    await addDelivery(shop, email(), {photo: 'none'});
    const {id} = await receiver.ofType('delivery.created');
    await shop.client.post(`${path}/resend`, {event_id: id}, {status: 202});
    await until(() => receiver.taken.filter((got) => got.id === id).length === 2, {what: 'it again'});
    await shop.client.patch(path, {events: ['photo.erased']}, {status: 200});
    await shop.client.post(`${path}/resend`, {event_id: id}, {status: 202});
    await until(() => receiver.taken.filter((got) => got.id === id).length === 3, {what: 'it once more'});
    const strange = await addHook(t);
    for (const event_id of [id, `evt_${'0'.repeat(26)}`])
        assert.equal((await strange.shop.client.refused('invalid-field', 'POST', `${strange.path}/resend`, {json: {event_id}})).json.field, 'event_id');
});

test('a time is replayed page by page, in order, of the kinds that are wanted', async (t) => {
    const own = await setStage(t, {...QUICK, webhook: {...QUICK.webhook, replay_limit: 3}});
    const receiver = await startReceiver(t);
    const first = await addDelivery(own.shipper, email(), {photo: 'none'});
    const deliveries = [];
    for (let i = 0; i < 5; i++) deliveries.push((await addDelivery(own.shipper, email(), {photo: 'none'})).id);
    await own.shipper.client.post(`/v1/deliveries/${deliveries[0]}/cancel`, undefined, {status: 200});
    const rows = await sql(own.server, 'SELECT at FROM event ORDER BY seq');
    const {json: hook} = await own.shipper.client.post('/v1/webhooks', {url: receiver.url(), events: ['delivery.created']}, {status: 201});
    const range = {from: new Date(rows[0][0] + 1).toISOString(), to: new Date(rows.at(-1)[0] + 1).toISOString()};
    let after, queued = 0, asked = 0;
    do {
        const {json} = await own.shipper.client.post(`/v1/webhooks/${hook.id}/replay`, {...range, ...(after && {after})}, {status: 202});
        queued += json.queued;
        after = json.next;
        asked++;
    } while (after);
    assert.ok(asked >= 2, `${asked} requests`);
    assert.equal(queued, 5 + Number(rows[1][0] === rows[0][0] ? -1 : 0));
    await until(() => receiver.taken.length === queued, {what: 'all of them'});
    assert.ok(receiver.taken.every(({type, body}) => type === 'delivery.created' && body.data.delivery_id !== first.id));
    assert.deepEqual((await own.shipper.client.post(`/v1/webhooks/${hook.id}/replay`, {from: '2020-01-01T00:00:00Z', to: '2020-01-02T00:00:00Z'}, {status: 202})).json, {queued: 0, next: null});
});

// ---- the server's own ends ----

test('a killed server sends again what nobody said yes to, under the same ids', async (t) => {
    const own = await setStage(t, QUICK);
    const receiver = await startReceiver(t);
    const {json: hook} = await own.shipper.client.post('/v1/webhooks', {url: receiver.url()}, {status: 201});
    receiver.manner = 'silent';
    const ids = [];
    for (let i = 0; i < 5; i++) ids.push((await addDelivery(own.shipper, email(), {photo: 'none'})).id);
    await receiver.wait(() => true, {taken: false});
    await own.server.kill();
    const asked = receiver.got.map(({id}) => id);
    receiver.manner = 'ok';
    await own.server.start();
    for (const id of ids) {
        const got = await receiver.wait(({type, body}) => type === 'delivery.created' && body.data.delivery_id === id, {ms: 20_000 * patience});
        assertOurs(got, hook); // keys are the same after a start
    }
    assert.ok(asked.every((id) => receiver.taken.some((got) => got.id === id)), 'what was under way came again');
});

test('kills at any moment lose nothing, and what comes twice has one id', async (t) => {
    const own = await setStage(t, QUICK);
    const receiver = await startReceiver(t);
    const {json: hook} = await own.shipper.client.post('/v1/webhooks', {url: receiver.url(), events: ['delivery.created']}, {status: 201});
    const made = [];
    for (let round = 0; round < 4; round++) {
        const adding = (async () => {
            for (let i = 0; i < 30; i++) made.push((await addDelivery(own.shipper, email(), {photo: 'none'})).id);
        })().catch(() => {}); // the one under way when it is killed
        await new Promise((done) => { setTimeout(done, 40 + 60 * round); });
        await own.server.kill();
        await adding;
        await own.server.start();
    }
    assert.ok(made.length > 0);
    const idOf = new Map();
    for (const id of made) await receiver.wait(({body}) => body.data.delivery_id === id, {ms: 20_000 * patience});
    for (const {id, body} of receiver.got) {
        assert.equal(idOf.get(body.data.delivery_id) ?? id, id);
        idOf.set(body.data.delivery_id, id);
    }
    assert.equal((await own.shipper.client.get(`/v1/webhooks/${hook.id}`, {status: 200})).json.enabled, true);
});

test('an address within our own network is refused when connecting', async (t) => {
    const own = await setStage(t, QUICK);
    const receiver = await startReceiver(t);
    const {json: hook} = await own.shipper.client.post('/v1/webhooks', {url: receiver.url()}, {status: 201});
    const path = `/v1/webhooks/${hook.id}`;
    await own.server.stop();
    own.server.settings.notify.allow_private_targets = 'no';
    await own.server.start();
    await own.shipper.client.post(`${path}/ping`, undefined, {status: 202});
    const attempt = await until(async () => (await own.shipper.client.all(`${path}/attempts`)).find(({reason}) => reason === 'guarded'), {what: 'a refusal'});
    assert.equal(attempt.status, null);
    assert.equal(receiver.got.length, 0);
    await own.shipper.client.refused('invalid-field', 'PATCH', path, {json: {url: receiver.url('/again')}});
    await own.shipper.client.patch(path, {events: ['photo.posted']}, {status: 200}); // what it was may stay
});

test('nothing is said to a receiver whose certificate is not trusted', async (t) => {
    const own = await setStage(t, {...QUICK, webhook: {...QUICK.webhook, retry_seconds: Array(20).fill('0.5').join(', ')}});
    const certificate = await makeCertificate(t);
    const receiver = await startReceiver(t, certificate);
    const {json: hook} = await own.shipper.client.post('/v1/webhooks', {url: receiver.url()}, {status: 201});
    const path = `/v1/webhooks/${hook.id}`;
    await own.shipper.client.post(`${path}/ping`, undefined, {status: 202});
    await until(async () => (await own.shipper.client.all(`${path}/attempts`)).find(({reason}) => reason === 'tls'), {what: 'a refusal'});
    assert.equal(receiver.got.length, 0);
    await own.server.stop();
    const before = process.env.SSL_CERT_FILE;
    process.env.SSL_CERT_FILE = certificate.file;
    t.after(() => { if (before === undefined) delete process.env.SSL_CERT_FILE; else process.env.SSL_CERT_FILE = before; });
    await own.server.start();
    assertOurs(await receiver.ofType('webhook.ping'), hook);
});
